# Sourced by end-to-end tests: a small market on four local validators, and checks that are counted.
# The caller has set -u; BIN names the folder of the programs.
BIN=${BIN:-$PWD/build/release/bin}
PATH=$BIN:$PATH
export LC_ALL=C
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tally-e2e.XXXXXX")
net=$scratch/net
failures=0
SELLER=SELLFRPPXXX BUYER=BUYRITMMXXX OPERATOR=OPERDEFFXXX REGISTRAR=REGIDEFFXXX
BANK=CASHDEFFXXX AUDITOR=AUDTNL2AXXX
today=$(date -u +%F)

market_end() {
    tally network down "$net" --kill --quiet >/dev/null 2>&1 || true
    rm -rf "$scratch"
}
trap market_end EXIT
trap 'exit 130' INT TERM

# expect CODE COMMAND...: runs it; its exit code must be CODE.
expect() {
    local wanted=$1 code=0
    shift
    "$@" >"$scratch/out" 2>"$scratch/err" || code=$?
    if [ "$code" -ne "$wanted" ]; then
        failures=$((failures + 1))
        echo "assertion failed: exit code $code, expected $wanted: $*"
        head -n 5 "$scratch/err" "$scratch/out"
    fi
}

# said PATTERN: what the last command wrote must match it.
said() {
    if ! grep -qE -- "$1" "$scratch/out" "$scratch/err"; then
        failures=$((failures + 1))
        echo "assertion failed: nothing that matches \"$1\" in:"
        head -n 8 "$scratch/err" "$scratch/out"
    fi
}

# one_line: an error is one line on standard error, with what, why and what to do.
one_line() {
    if [ "$(wc -l <"$scratch/err")" -ne 1 ] || ! grep -q '^tally: ' "$scratch/err"; then
        failures=$((failures + 1))
        echo "assertion failed: not one clear line:"
        head -n 5 "$scratch/err"
    fi
}

as() { printf '%s\n' "$net/parties/$1"; }

# instruct PARTY REFERENCE MOVEMENT QUANTITY AMOUNT [OPTION...]
instruct() {
    local party=$1 reference=$2 movement=$3 quantity=$4 amount=$5
    shift 5
    tally submit --as "$(as "$party")" --reference "$reference" --movement "$movement" \
        --asset DE000TALY010 --quantity "$quantity" --settlement-date "$today" \
        --deliverer $SELLER --receiver $BUYER --currency EUR --amount "$amount" "$@"
}

# market_up [OPTION of network init...]: the network, accounts, a share and euro cash.
market_up() {
    local port=$((20000 + $$ % 3000 * 4)) # four ports each, below those that connections are given
    expect 0 tally network init "$net" --kdf-cost interactive --port "$port" \
        --set closed-on-weekends=0 --set day-change-minute=1440 --set continuous-day=1 --set heartbeat-ms=300 "$@" \
        --party $OPERATOR:Operator:operator --party $REGISTRAR:Registrar:registrar \
        --party $BANK:Bank:settlement-bank --party $SELLER:Seller --party $BUYER:Buyer \
        --party $AUDITOR:Auditor:auditor
    expect 0 tally network up "$net" --quiet
    local open="tally account open --quiet --as $(as $OPERATOR)"
    expect 0 $open --bic $REGISTRAR --account ISSUE --kind securities
    expect 0 $open --bic $BANK --account ISSUE --kind cash
    local party
    for party in $SELLER $BUYER; do
        expect 0 $open --bic "$party" --account SEC --kind securities --default
        expect 0 $open --bic "$party" --account CASH --kind cash --default
    done
    expect 0 tally asset add --quiet --as "$(as $OPERATOR)" --asset DE000TALY010 --name Share \
        --issuer $REGISTRAR --account ISSUE
    expect 0 tally asset add --quiet --as "$(as $OPERATOR)" --asset EUR --name Euro \
        --issuer $BANK --account ISSUE
    expect 0 tally issue --quiet --as "$(as $REGISTRAR)" --asset DE000TALY010 --bic $SELLER \
        --account SEC --quantity 10000000
    expect 0 tally cash in --quiet --as "$(as $BANK)" --currency EUR --bic $BUYER --account CASH \
        --amount 500000000
    if [ "$failures" -ne 0 ]; then
        echo "the market did not come up"
        exit 1
    fi
}

market_verdict() {
    echo "$failures failed"
    [ "$failures" -eq 0 ]
}
