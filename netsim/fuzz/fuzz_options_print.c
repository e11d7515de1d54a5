#include "netsim/fuzz/fuzz_options.h"

#include "base/assert.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
    char *bytes;
    size_t size;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    if (text->used + 1 >= text->size) {
        return;
    }
    va_start(arguments, format);
    const int written =
        vsnprintf(text->bytes + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    TALLY_ASSERT(written >= 0);
    text->used += (size_t)written;
    if (text->used >= text->size) {
        text->used = text->size - 1;
    }
}

static void print_members(const struct fuzz_options *options, struct text *text)
{
    static const char *const outsiders[] = {"down", "cut off", "deaf", "unheard"};
    uint32_t outside = 0;
    add(text, "  core      ");
    for (uint32_t member = 0; member < options->member_count; member++) {
        const bool core = (options->core >> member & 1u) != 0;
        if (core) {
            add(text, " %u", member);
        }
        outside += !core && fuzz_options_healthy(options, member);
    }
    add(text, "%s%s\n", outside > 0 ? "; the other healthy ones end " : "",
        outside > 0 ? outsiders[options->outsiders] : "");
    for (uint32_t member = 0; member < options->member_count; member++) {
        enum fuzz_fault damage;
        if (fuzz_options_damaged(options, member, &damage)) {
            add(text, "  damaged    %u: %s\n", member, fuzz_fault_text(damage));
        }
    }
    for (uint32_t member = 0; member < options->member_count; member++) {
        const uint32_t kinds = fuzz_options_kinds(options, member);
        const char *separator = " ";
        if (kinds == 0) {
            continue;
        }
        add(text, "  byzantine  %u:", member);
        for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
            if ((kinds >> kind & 1u) != 0) {
                add(text, "%s%s", separator, byzantine_kind_name((enum byzantine_kind)kind));
                separator = "+";
            }
        }
        add(text, "\n");
    }
}

static void print_network(const struct fuzz_options *options, struct text *text)
{
    static const char *const topologies[] = {"uniform", "regions", "one far"};
    add(text, "  network    %s", topologies[options->topology]);
    if (options->topology == FUZZ_REGIONS) {
        add(text, " (%u)", options->region_count);
    }
    add(text, ", %u us", options->near_us);
    if (options->topology != FUZZ_UNIFORM) {
        add(text, " near, %u us far", options->far_us);
    }
    add(text, ", jitter %u us", options->jitter_us);
    if (options->delay_us > 0) {
        add(text, " and %u us, %u/1000 take %u us more", options->delay_us,
            options->straggler_permille, options->straggler_us);
    }
    if (options->loss_permille > 0) {
        add(text, ", loss %u/1000", options->loss_permille);
    }
    if (options->duplicate_permille > 0) {
        add(text, ", twice %u/1000", options->duplicate_permille);
    }
    if (options->uplink_bytes_per_s > 0) {
        add(text, ", uplinks %u B/s with queues of %u B", options->uplink_bytes_per_s,
            options->queue_bytes_max);
    }
    add(text, "\n");
    if (options->cut_period_ms > 0) {
        add(text, "  cuts       every %u ms with chance %u/1000\n", options->cut_period_ms,
            options->cut_permille);
    }
    if (options->stall_end_ms > 0) {
        add(text, "  stall      from %u to %u ms\n", options->stall_begin_ms,
            options->stall_end_ms);
    }
}

static void print_hosts(const struct fuzz_options *options, struct text *text)
{
    add(text, "  hosts      down for %u ms when they stop", options->down_ms);
    if (options->crash_period_ms > 0) {
        add(text, "; one crashes every %u ms, within %u operations", options->crash_period_ms,
            options->crash_operations);
    }
    add(text, "\n");
    if (options->pause_period_ms > 0) {
        add(text, "  pauses     every %u ms for %u ms\n", options->pause_period_ms,
            options->pause_ms);
    }
    add(text, "  disks      sync %u+%u us", options->sync_us, options->sync_spread_us);
    if (options->sync_stall_us > 0) {
        add(text, ", %u/1000 take %u us more", options->sync_stall_permille,
            options->sync_stall_us);
    }
    if (options->full_period_ms > 0) {
        add(text, "; full every %u ms for %u ms with %u B left", options->full_period_ms,
            options->full_ms, options->full_bytes);
    }
    if (options->io_period_ms > 0) {
        add(text, "; one fails every %u ms", options->io_period_ms);
    }
    add(text, "\n");
    if (options->skew_ms > 0) {
        add(text, "  clocks     off by %u ms, drift %u ppm\n", options->skew_ms,
            options->drift_ppm);
    }
    if (options->step_us > 0) {
        add(text, "  costs      step %u us, execution %u us, one member %u/1000\n",
            options->step_us, options->execute_us, options->slow_permille);
    }
}

static void print_settings(const struct fuzz_options *options, struct text *text)
{
    add(text,
        "  timing     d0 %u to %u ms, heartbeat %u ms, interval %u ms, retry %u ms, skip %u ms\n",
        options->d0_ms, options->d_max_ms, options->heartbeat_ms, options->block_interval_min_ms,
        options->retry_ms, options->skip_ms);
    add(text,
        "  limits     batch %u B and %u ms, quota %u, window %u, skipped views %u, waiting %u, "
        "remembered %u\n",
        options->batch_bytes_max, options->batch_age_ms, options->lane_quota_batches,
        options->lane_window, options->skipped_views_max, options->waiting_count_max,
        options->remembered_count_max);
    add(text, "  files      journal %u B, segments %u B, checkpoint every %u B\n",
        options->journal_bytes, options->segment_bytes, options->checkpoint_bytes);
    if (fuzz_options_have(options, FUZZ_DAY)) {
        add(text, "  day        %s comes after %u ms\n", fuzz_hour_name(options->hour),
            options->hour_lead_ms);
    }
    if (options->envelope_period_ms == 0) {
        add(text, "  clients    none\n");
        return;
    }
    add(text,
        "  clients    one envelope every %u ms, valid for %u ms, repeated %u/1000, "
        "flawed %u/1000\n",
        options->envelope_period_ms, options->validity_ms, options->repeat_permille,
        options->flaw_permille);
    if (fuzz_options_have(options, FUZZ_TERMS)) {
        add(text, "  terms      parts %u/1000, tied %u/1000, rings %u/1000\n",
            options->parts_permille, options->tied_permille, options->ring_permille);
    }
    if (fuzz_options_have(options, FUZZ_DESK)) {
        add(text, "  desk       %u/1000\n", options->desk_permille);
    }
    if (fuzz_options_have(options, FUZZ_MARKET)) {
        add(text, "  deals      hot %u/1000", options->hot_permille);
        for (uint32_t kind = 0; kind < WORKLOAD_KIND_COUNT; kind++) {
            if (options->shares[kind] > 0) {
                add(text, ", %s %u/1000", workload_kind_name((enum workload_kind)kind),
                    options->shares[kind]);
            }
        }
        add(text, "\n");
    }
}

size_t fuzz_options_print(const struct fuzz_options *options, char *bytes, size_t size)
{
    struct text text = {bytes, size, 0};
    const char *separator = "";
    TALLY_ASSERT(size > 0);
    bytes[0] = '\0';
    add(&text, "seed %llu: %u member%s, quorum %u, f %u\n", (unsigned long long)options->seed,
        options->member_count, options->member_count == 1 ? "" : "s",
        fuzz_quorum(options->member_count), fuzz_faulty_max(options->member_count));
    add(&text, "  classes    ");
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        if (fuzz_options_have(options, (enum fuzz_fault)fault)) {
            add(&text, "%s%s", separator, fuzz_fault_name((enum fuzz_fault)fault));
            separator = ",";
        }
    }
    add(&text, "%s\n", options->faults == 0 ? "none" : "");
    print_members(options, &text);
    print_network(options, &text);
    print_hosts(options, &text);
    print_settings(options, &text);
    add(&text, "  phases     faults until %u blocks or %u ms; then %u blocks more within %u ms\n",
        options->safety_blocks, options->safety_ms, options->liveness_blocks, options->liveness_ms);
    return text.used;
}
