#!/usr/bin/env bash
# A guided day on a local network of four validators: registration, several hundred instructions, a
# validator killed and brought back, and the proofs at the end. Every expectation is checked; the script
# fails if one does not hold. Usage: examples/demo/run.sh [DIR]; BIN names the folder of the programs.
set -uo pipefail

here=$(cd "$(dirname "$0")" && pwd)
BIN=${BIN:-$here/../../build/release/bin}
PATH=$BIN:$PATH
export LC_ALL=C
work=${1:-$(mktemp -d "${TMPDIR:-/tmp}/tally-demo.XXXXXX")}
port=${DEMO_PORT:-$((20000 + $$ % 20000))}
net=$work/net
files=$work/files
date=$(date -u +%F)
checks=0
failures=0

if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
    bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
    bold= green= red= plain=
fi

finish() {
    tally network down "$net" --kill --quiet >/dev/null 2>&1
    if [ "$failures" -eq 0 ] && [ -z "${DEMO_KEEP:-}" ]; then rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

section() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
say() { printf '   %s\n' "$*"; }
indent() { sed 's/^/   | /'; }

# check TEXT EXPECTED COMMAND...: runs the command and compares its exit code.
check() {
    local text=$1 expected=$2 code=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" || code=$?
    verdict "$text" "$code" "$expected"
}

# verdict TEXT FOUND EXPECTED
verdict() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ]; then
        printf '   %sok%s      %s\n' "$green" "$plain" "$1"
    else
        failures=$((failures + 1))
        printf '   %sFAILED%s  %s: found %s, expected %s\n' "$red" "$plain" "$1" "$2" "$3"
        cat "$work/out" "$work/err" 2>/dev/null | head -n 20 | indent
    fi
}

# Shows the error line of the last command, from the file's own name on.
said() { sed "s|.*/$1|$1|" "$work/err" | indent; }

as() { echo "$net/parties/$1"; }
A=ALPHDEFFXXX B=BETAFRPPXXX C=GAMMITMMXXX
operator() { tally "$@" --as "$(as OPERDEFFXXX)" --quiet; }
auditor() { tally "$@" --as "$(as AUDTNL2AXXX)"; }

# The value of a named column in the row of a CSV list whose first cell is the key.
csv_value() {
    tr -d '\r' | awk -F, -v key="$1" -v column="$2" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
        NR > 1 && $1 == key { print $at; exit }'
}
status_of() { # party reference
    tally status "$2" --as "$(as "$1")" --csv --quiet | csv_value status value
}
# The same once it is so: the node asked may be a block behind the one that another party was told by.
status_soon() { # party reference status
    local found tries
    for tries in $(seq 50); do
        found=$(status_of "$1" "$2")
        [ "$found" != "$3" ] || break
        sleep 0.1
    done
    printf '%s\n' "$found"
}
reason_of() {
    tally status "$2" --as "$(as "$1")" --csv --quiet | csv_value reason value
}
count_status() { # status code of the list
    auditor instructions --status "$1" --rows 5000 --csv --quiet | tail -n +2 | wc -l | tr -d ' '
}
positions() {
    auditor positions --csv --quiet | tr -d '\r' | awk -F, 'NR > 1 { printf "   | %-12s %-12s %-13s %16s\n", $1, $2, $3, $4 }'
}

# ------------------------------------------------------------------------------------------------
printf '%sTally: four validators, one day of settlement (%s)%s\n' "$bold" "$date" "$plain"

section '1. A network of four validators on this machine'
mkdir -p "$work"
check 'genesis, keys and configurations' 0 tally network init "$net" --kdf-cost interactive \
    --name 'Demonstration market' --port "$port" \
    --set closed-on-weekends=0 --set day-change-minute=1440 --set continuous-day=1 \
    --set instructions=20000 --set party-instructions=10000 --set matching-entries=160000 \
    --set accounts=1000 --set positions=4000 --set nonces=20000 --set references=20000 \
    --party 'OPERDEFFXXX:Market operator:operator' --party 'REGIDEFFXXX:Registrar:registrar' \
    --party 'CBNKDEFFXXX:Settlement bank:settlement-bank' --party "$A:Alpha Securities" \
    --party "$B:Beta Banque" --party "$C:Gamma Banca" --party 'AUDTNL2AXXX:Auditor:auditor'
say "fingerprint of the genesis: $(awk '/^fingerprint/ { print substr($2, 1, 39) "..." }' "$work/out")"
check 'all four nodes started' 0 tally network up "$net" --quiet
"$here/make-files" "$files" "$date"

section '2. Accounts, two securities, and euro cash'
check 'issuance account of the registrar' 0 operator account open --bic REGIDEFFXXX --account ISSUE-SHARE --kind securities
check 'second issuance account' 0 operator account open --bic REGIDEFFXXX --account ISSUE-BOND --kind securities
check 'issuance account of the settlement bank' 0 operator account open --bic CBNKDEFFXXX --account ISSUE-EUR --kind cash
for party in $A $B $C; do
    check "securities account of $party" 0 operator account open --bic "$party" --account SEC --kind securities --default
    check "cash account of $party" 0 operator account open --bic "$party" --account CASH --kind cash --default
done
check 'share DE000TALY010' 0 operator asset add --asset DE000TALY010 --name 'Tally share' --issuer REGIDEFFXXX --account ISSUE-SHARE
check 'bond XS000TALY028, in units of 1000' 0 operator asset add --asset XS000TALY028 --name 'Tally bond' --issuer REGIDEFFXXX --account ISSUE-BOND --kind nominal --unit 1000 --multiple 1000
check 'euro' 0 operator asset add --asset EUR --name Euro --issuer CBNKDEFFXXX --account ISSUE-EUR
for party in $A $B $C; do
    check "100,000 shares to $party" 0 tally issue --as "$(as REGIDEFFXXX)" --quiet --asset DE000TALY010 --bic "$party" --account SEC --quantity 100000
    check "500,000 nominal of the bond to $party" 0 tally issue --as "$(as REGIDEFFXXX)" --quiet --asset XS000TALY028 --bic "$party" --account SEC --quantity 500000
    check "5,000,000 EUR to $party" 0 tally cash in --as "$(as CBNKDEFFXXX)" --quiet --currency EUR --bic "$party" --account CASH --amount 5000000
done
say 'positions before trading (issuers hold the negative counterweight):'
positions

section '3. Instructions from files'
check 'a CSV with a syntax error is refused whole' 4 tally submit "$files/broken.csv" --as "$(as $A)"
said broken.csv
check 'an XML with an external entity is refused unread' 5 tally submit "$files/hostile.xml" --as "$(as $A)"
said hostile.xml
check 'Alpha submits its first file' 0 tally submit "$files/A1.csv" --as "$(as $A)" --json --quiet
check 'Beta submits its first file' 0 tally submit "$files/B1.csv" --as "$(as $B)" --json --quiet

section '4. A validator is killed, and nobody waits for it'
check 'node 3 killed with SIGKILL' 0 tally network down "$net" --only 3 --kill --quiet
check 'Gamma submits its first file meanwhile' 0 tally submit "$files/C1.csv" --as "$(as $C)" --json --quiet
check 'Alpha submits its second file' 0 tally submit "$files/A2.csv" --as "$(as $A)" --json --quiet
check 'Gamma submits its second file' 0 tally submit "$files/C2.csv" --as "$(as $C)" --json --quiet
check "Beta's second file has a row that is refused" 11 tally submit "$files/B2.csv" --as "$(as $B)" --quiet --csv
say "refused: $(tr -d '\r' <"$work/out" | awk -F, '$3 == "REFUSED" { print $2 " (" $4 "): " $7 }')"
check 'Alpha submits three sese.023 messages' 0 tally submit "$files"/A-050?.xml --as "$(as $A)" --quiet
check 'Beta submits three sese.023 messages' 0 tally submit "$files"/B-050?.xml --as "$(as $B)" --quiet
check "Alpha's first file again: nothing is done twice" 8 tally submit "$files/A1.csv" --as "$(as $A)" --json --quiet
check 'one of four nodes is down' 9 auditor network status --csv
say "final block $(csv_value 0 final <"$work/out") on node 0 while node 3 is $(csv_value 3 state <"$work/out")"
check 'node 3 started again' 0 tally network up "$net" --only 3 --quiet

caught_up=no
for _ in $(seq 1 100); do
    auditor network status --csv >"$work/out" 2>/dev/null
    node0=$(csv_value 0 executed <"$work/out")
    node3=$(csv_value 3 executed <"$work/out")
    if [ -n "$node3" ] && [ "$node3" -ge "$((node0 - 1))" ]; then caught_up=yes; break; fi
    sleep 0.1
done
verdict "node 3 has caught up: executed ${node3:-0}, node 0 ${node0:-0}" "$caught_up" yes

section '5. What did not settle, and why'
verdict 'a quantity that differs: unmatched' "$(status_of $A A-0201)" UNMATCHED
tally why A-0201 --as "$(as $A)" --quiet | grep -E '^(explanation|who|nearest|differs)' | indent
verdict 'lack of securities: pending' "$(status_of $A A-0301) $(reason_of $A A-0301)" 'PENDING LACK'
tally why A-0301 --as "$(as $A)" --quiet | grep -E '^(explanation|who|lack)' | indent
verdict 'lack of cash: pending' "$(status_of $A A-0302) $(reason_of $A A-0302)" 'PENDING MONY'
verdict 'on hold: pending' "$(status_of $B B-0311) $(reason_of $B B-0311)" 'PENDING PREA'
say "exceptions at this moment: $(auditor exceptions --rows 5000 --csv --quiet | tail -n +2 | wc -l | tr -d ' ')"

section '6. Cures, releases, cancellations'
check 'Gamma delivers the bonds that Alpha lacks' 0 tally submit "$files/C3.csv" --as "$(as $C)" --json --quiet
check 'Alpha receives them' 0 tally submit "$files/A3.csv" --as "$(as $A)" --json --quiet
verdict "...and with them Alpha's own delivery settles" "$(status_of $A A-0301)" SETTLED
check 'the bank pays 20,000,000 EUR to Alpha' 0 tally cash in --as "$(as CBNKDEFFXXX)" --quiet --currency EUR --bic $A --account CASH --amount 20000000
verdict "...and Alpha's purchase settles" "$(status_soon $A A-0302 SETTLED)" SETTLED
check 'Beta releases a held delivery' 0 tally release B-0311 --as "$(as $B)" --quiet
verdict '...and it settles' "$(status_of $B B-0311)" SETTLED
check 'Beta releases another' 0 tally release B-0312 --as "$(as $B)" --quiet
check 'Alpha cancels an unmatched instruction: at once' 0 tally cancel A-0221 --as "$(as $A)" --quiet
verdict '...cancelled' "$(status_of $A A-0221)" CANCELLED
check 'Alpha asks to cancel a matched one: awaits Beta' 16 tally cancel A-0222 --as "$(as $A)" --quiet
check 'Beta agrees' 0 tally cancel B-0222 --as "$(as $B)" --quiet
verdict '...cancelled' "$(status_of $B B-0222)" CANCELLED

section '7. The day in numbers'
# 150 + 20 exact and tolerated pairs, 3 by sese.023, 301, 302, 401, and two of three holds
settled_files=$((2 * (150 + 20 + 3 + 1 + 1 + 1 + 2)))
settled=$(count_status SETT)
for tries in $(seq 50); do
    [ "$settled" != "$settled_files" ] || break
    sleep 0.1
    settled=$(count_status SETT)
done
printf '   | %-34s %6s\n' 'instructions settled' "$settled"
printf '   | %-34s %6s\n' 'unmatched' "$(count_status NMAT)" 'pending' "$(count_status PEND)" \
    'cancelled' "$(count_status CANC)"
verdict 'settled as many as the files say' "$settled" "$settled_files"
say 'positions after trading:'
positions
check 'conservation: what is held is what was issued' 0 auditor conservation --quiet
indent <"$work/out"
check 'equal results and states on all four nodes' 0 auditor network status
grep -E 'roots|quorum' "$work/out" | indent
auditor network status --csv >"$work/out" 2>/dev/null
say "time from handing in to final: p50 $(csv_value 0 final_p50_ms <"$work/out") ms, p99 $(csv_value 0 final_p99_ms <"$work/out") ms (node 0)"

section '8. A receipt that anybody can check, offline'
check 'receipt of the settlement of A-0301' 0 tally receipt A-0301 --as "$(as $A)" --out "$work/receipt.json"
check 'verified with the genesis file alone' 0 tally verify "$work/receipt.json" --genesis "$net/genesis.tally"
grep -E '^(event|asset|quantity|amount)|proved' "$work/out" | indent
sed 's/"amount_in_smallest_units": "[0-9]*"/"amount_in_smallest_units": "1"/' "$work/receipt.json" >"$work/forged.json"
check 'with another amount written into it: refused' 15 tally verify "$work/forged.json" --genesis "$net/genesis.tally"
said forged.json
awk '/"proof"/ { at = 1000; digit = substr($0, at, 1)
                $0 = substr($0, 1, at - 1) (digit == "0" ? "1" : "0") substr($0, at + 1) } 1' \
    "$work/receipt.json" >"$work/forged.json"
check 'with a byte of its proof changed: refused' 15 tally verify "$work/forged.json" --genesis "$net/genesis.tally"

section 'Result'
say "$checks checks, $failures failed, $SECONDS s"
[ "$failures" -eq 0 ]
