#!/bin/bash
# profile.sh - by layer, where a validator's processor time goes while bench/netsim_yardstick runs
#
#     bench/profile.sh [SCENARIO [AFTER [SECONDS]]]     default: hot 10 6
#
# Samples one of the four validators with perf (linux-perf), AFTER seconds from its start, for so many
# SECONDS, and counts each sample for the innermost function of its stack that stands in the list
# below. What is in no function of the list is counted by thread.
set -u -o pipefail
scenario=${1:-hot} after=${2:-10} seconds=${3:-6}
here=$(dirname "$0")
program=${YARDSTICK:-$here/../build/release/bench/netsim_yardstick}
data=$(mktemp /tmp/profile-XXXXXX) || exit 1
bench=

# Whatever ends this script ends the yardstick, which takes its validators and directory along.
clean() {
    if [ -n "$bench" ]; then
        kill "$bench" 2> /dev/null
        wait "$bench" 2> /dev/null
    fi
    rm -f "$data" "$data.old" "$data.errors"
}
trap clean EXIT

fail() {
    echo "profile.sh: $1" >&2
    exit 1
}
command -v perf > /dev/null || fail "perf is not installed (linux-perf)"
[ -x "$program" ] || fail "$program is not built"

"$program" --only "$scenario" --seconds "$((seconds + 4))" &
bench=$!
node=
for ((i = 0; i < 600; i++)); do
    worker=$(pgrep -P "$bench" | head -1)
    node=$(pgrep -P "${worker:-0}" tallyd | head -1)
    [ -z "$node" ] || break
    kill -0 "$bench" 2> /dev/null || break
    sleep 0.1
done
[ -n "$node" ] || fail "no validator runs"
sleep "$after"
perf record -q -F 250 --call-graph dwarf,16384 -p "$node" -o "$data" -- sleep "$seconds" \
    2> "$data.errors" ||
    fail "perf record failed: $(grep -v '^Error:$' "$data.errors" | grep -m 1 .)"
wait "$bench"
status=$?
bench=
[ "$status" -eq 0 ] || fail "the yardstick failed"

perf script -i "$data" -F comm,tid,ip,sym 2> /dev/null | awk '
function layer(name, functions,    list, i, n) {
    n = split(functions, list, " ")
    for (i = 1; i <= n; i++) {
        of[list[i]] = name
    }
}
BEGIN {
    layer("hashes of receipts, events and records; trees",
          "leaf_list_finish leaf_list_make merkle_list_root state_tree_renew result_chain hashes_make hash_many")
    layer("events and receipts: making and encoding", "event_emit receipt_emit leaf_list_add")
    layer("matching", "matching_find matching_add matching_remove match")
    layer("settlement", "settlement_attempt settlement_set_settle position_post booking_record side_settle")
    layer("instruct: checks and records", "instruct_check instruct_act instruct_make terms_make lifecycle_accept")
    layer("envelopes and commands: decoding, replay, keys",
          "command_decode envelope_decode execute_envelopes execute_command execute_commands")
    layer("ledger: the rest of a block", "ledger_apply")
    layer("results: encoding and indexes for the store",
          "execution_save stored_leaves_encode index_events index_receipts")
    layer("LevelDB: writing", "store_write leveldb_write leveldb_context_write store_commits")
    layer("checkpoints", "execution_checkpoint_take execution_checkpoint_write")
    layer("rows for lists, SQLite", "read_feed_block feed_main")
    layer("reading final blocks and batches back", "execution_load")
    layer("files of votes and batches, with syncs", "sync_files append_batch batch_log_append journal_append")
    layer("consensus", "replica_step consensus_step")
    layer("sending", "release transport_send channel_send session_write session_encrypt")
    layer("receiving, TLS, requests", "session_run session_read service_message")
    layer("signatures of envelopes", "payload_check envelope_verify worker_main")
}
function count_sample() {
    if (thread != "") {
        if (found == "") {
            found = leveldb ? "LevelDB: tables and merges" : "other: thread " thread
        }
        samples[found]++
        total++
    }
    thread = ""
    found = ""
    leveldb = 0
}
/^$/ { count_sample(); next }
/^[^ \t]/ {
    thread = $1
    next
}
{
    name = $2
    sub(/\+.*/, "", name)
    if (found == "" && name in of) {
        found = of[name]
    }
    leveldb = leveldb || name ~ /^leveldb/
}
END {
    count_sample()
    if (total == 0) {
        exit 1
    }
    for (name in samples) {
        printf "%5.1f %%  %s\n", 100 * samples[name] / total, name
    }
    printf "100.0 %%  %d samples of one validator\n", total
}' | sort -rn || fail "perf recorded no samples"
