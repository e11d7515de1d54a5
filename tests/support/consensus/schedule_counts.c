#include "tests/support/consensus/schedule_counts.h"

#include <string.h>

enum {
    QUALIFIED_NODES_MIN = 4,
    QUALIFIED_NODES_MAX = 10,
    QUALIFIED_GROUPS_MIN = 2,
    QUALIFIED_KINDS_MIN = 3,
    QUALIFIED_BLOCKS_MIN = 20
};

void schedule_counts_init(struct schedule_counts *counts)
{
    memset(counts, 0, sizeof *counts);
    counts->struck_least = UINT64_MAX;
    counts->blocks_least = UINT64_MAX;
}

static bool qualified(const struct cluster *cluster, enum cluster_outcome outcome)
{
    const struct cluster_options *options = &cluster->options;
    const uint32_t n = options->nodes_count;
    return outcome == CLUSTER_PASSED && n >= QUALIFIED_NODES_MIN && n <= QUALIFIED_NODES_MAX &&
           options->byzantine_count == cluster_faulty_max(n) &&
           __builtin_popcount(cluster_groups_played(cluster)) >= QUALIFIED_GROUPS_MIN &&
           cluster_kinds_struck(cluster) >= QUALIFIED_KINDS_MIN &&
           checker_final_height(cluster->checker) >= QUALIFIED_BLOCKS_MIN;
}

static void bits_add(uint64_t *counts, uint32_t count, uint32_t bits)
{
    for (uint32_t i = 0; i < count; i++) {
        counts[i] += (bits >> i) & 1u;
    }
}

static void members_add(struct schedule_counts *counts, const struct cluster *cluster)
{
    const struct cluster_options *options = &cluster->options;
    counts->members += options->byzantine_count;
    for (uint32_t i = 0; i < options->byzantine_count; i++) {
        const uint32_t member = options->nodes_count - 1 - i;
        const uint32_t kinds = cluster_kinds_played(cluster, member);
        bits_add(counts->members_by_group, BYZANTINE_GROUP_COUNT, byzantine_groups(kinds));
        bits_add(counts->members_drawn, BYZANTINE_COUNT, options->byzantine_kinds[i]);
        bits_add(counts->members_played, BYZANTINE_COUNT, kinds);
        for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
            counts->deeds += cluster->hosts[member].actor.deeds[kind];
        }
    }
    counts->schedules_by_groups[__builtin_popcount(cluster_groups_played(cluster))]++;
}

static void events_add(struct cluster_counts *sum, const struct cluster_counts *events)
{
    sum->events += events->events;
    sum->messages += events->messages;
    sum->crashes += events->crashes;
    sum->evidence += events->evidence;
    sum->bytes += events->bytes;
}

static void phase_add(struct cluster_marks *sum, const struct cluster_marks *marks)
{
    sum->events += marks->events;
    sum->blocks += marks->blocks;
    sum->batches += marks->batches;
    sum->time_ms += marks->time_ms;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

void schedule_counts_add(struct schedule_counts *counts, const struct cluster *cluster,
                         enum cluster_outcome outcome, bool strict)
{
    if (strict && outcome == CLUSTER_PASSED && !qualified(cluster, outcome)) {
        counts->others++;
        return;
    }
    const struct cluster_options *options = &cluster->options;
    const struct cluster_marks *marks = &cluster->marks;
    const uint64_t blocks = checker_final_height(cluster->checker);
    const uint32_t kinds = cluster_kinds_struck(cluster);
    const struct cluster_marks quiet = {.events = cluster->counts.events - marks->events,
                                        .blocks = blocks - marks->blocks,
                                        .batches = checker_ordered_count(cluster->checker) -
                                                   marks->batches,
                                        .time_ms = cluster->now_ms - marks->time_ms};
    counts->schedules++;
    counts->qualified += qualified(cluster, outcome);
    counts->by_nodes[options->nodes_count]++;
    counts->nodes += options->nodes_count;
    bits_add(counts->drawn, CLUSTER_FAULT_COUNT, options->faults);
    bits_add(counts->struck, CLUSTER_FAULT_COUNT, cluster->struck);
    counts->struck_kinds += kinds;
    counts->struck_least = lesser(counts->struck_least, kinds);
    counts->blocks += blocks;
    counts->blocks_least = lesser(counts->blocks_least, blocks);
    members_add(counts, cluster);
    events_add(&counts->events, &cluster->counts);
    phase_add(&counts->phases[0], marks);
    phase_add(&counts->phases[1], &quiet);
}

static void all_add(uint64_t *sums, const uint64_t *counts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        sums[i] += counts[i];
    }
}

void schedule_counts_merge(struct schedule_counts *counts, const struct schedule_counts *others)
{
    counts->schedules += others->schedules;
    counts->qualified += others->qualified;
    counts->others += others->others;
    counts->nodes += others->nodes;
    counts->struck_kinds += others->struck_kinds;
    counts->struck_least = lesser(counts->struck_least, others->struck_least);
    counts->members += others->members;
    counts->blocks += others->blocks;
    counts->blocks_least = lesser(counts->blocks_least, others->blocks_least);
    all_add(counts->by_nodes, others->by_nodes, CLUSTER_NODES_MAX + 1);
    all_add(counts->drawn, others->drawn, CLUSTER_FAULT_COUNT);
    all_add(counts->struck, others->struck, CLUSTER_FAULT_COUNT);
    all_add(counts->members_by_group, others->members_by_group, BYZANTINE_GROUP_COUNT);
    all_add(counts->members_drawn, others->members_drawn, BYZANTINE_COUNT);
    all_add(counts->members_played, others->members_played, BYZANTINE_COUNT);
    counts->deeds += others->deeds;
    all_add(counts->schedules_by_groups, others->schedules_by_groups, BYZANTINE_GROUP_COUNT + 1);
    events_add(&counts->events, &others->events);
    phase_add(&counts->phases[0], &others->phases[0]);
    phase_add(&counts->phases[1], &others->phases[1]);
}

static void print_faults(const struct schedule_counts *counts)
{
    printf("kinds of fault: schedules that drew it, and in which it struck\n");
    for (uint32_t i = 0; i < CLUSTER_FAULT_COUNT; i++) {
        printf("  %-10s %8llu %8llu%s", cluster_fault_name((enum cluster_fault)i),
               (unsigned long long)counts->drawn[i], (unsigned long long)counts->struck[i],
               i % 3 == 2 ? "\n" : "   ");
    }
}

static void print_members(const struct schedule_counts *counts)
{
    const double members = counts->members == 0 ? 1.0 : (double)counts->members;
    printf("Byzantine members %llu, each with %.0f deeds; by group",
           (unsigned long long)counts->members, (double)counts->deeds / members);
    for (uint32_t i = 0; i < BYZANTINE_GROUP_COUNT; i++) {
        printf("   %s %llu", byzantine_group_name((enum byzantine_group)i),
               (unsigned long long)counts->members_by_group[i]);
    }
    printf("\n  schedules by how many of the groups they had");
    for (uint32_t i = 0; i <= BYZANTINE_GROUP_COUNT; i++) {
        printf("   %u: %llu", i, (unsigned long long)counts->schedules_by_groups[i]);
    }
    printf("\n  by kind: members that drew it, and that did it\n");
    for (uint32_t i = 0; i < BYZANTINE_COUNT; i++) {
        printf("  %-10s %8llu %8llu%s", byzantine_kind_name((enum byzantine_kind)i),
               (unsigned long long)counts->members_drawn[i],
               (unsigned long long)counts->members_played[i], i % 4 == 3 ? "\n" : "   ");
    }
}

void schedule_counts_print(const struct schedule_counts *counts)
{
    static const char *const names[] = {"faults", "quiet"};
    const double count = counts->schedules == 0 ? 1.0 : (double)counts->schedules;
    printf("per schedule %.1f members, %.1f kinds of fault that struck, %.0f messages, "
           "%.1f crashes, %.1f pieces of evidence\n",
           (double)counts->nodes / count, (double)counts->struck_kinds / count,
           (double)counts->events.messages / count, (double)counts->events.crashes / count,
           (double)counts->events.evidence / count);
    printf("phase      events/schedule  blocks/schedule  batches/schedule  virtual s/schedule\n");
    for (int phase = 0; phase < 2; phase++) {
        const struct cluster_marks *marks = &counts->phases[phase];
        printf("%-9s  %15.0f  %15.1f  %16.1f  %18.2f\n", names[phase],
               (double)marks->events / count, (double)marks->blocks / count,
               (double)marks->batches / count, (double)marks->time_ms / 1000.0 / count);
    }
    printf("schedules by n");
    for (uint32_t n = 0; n <= CLUSTER_NODES_MAX; n++) {
        if (counts->by_nodes[n] > 0) {
            printf("   %u: %llu", n, (unsigned long long)counts->by_nodes[n]);
        }
    }
    printf("\n");
    print_members(counts);
    print_faults(counts);
    printf("  that struck, byzantine aside: at least %llu, %.1f in the mean\n",
           (unsigned long long)(counts->schedules == 0 ? 0 : counts->struck_least),
           (double)counts->struck_kinds / count);
    printf("final blocks: at least %llu, %.1f in the mean\n",
           (unsigned long long)(counts->schedules == 0 ? 0 : counts->blocks_least),
           (double)counts->blocks / count);
    printf("schedules %llu, of which qualify %llu; beside them, passed and not counted %llu\n",
           (unsigned long long)counts->schedules, (unsigned long long)counts->qualified,
           (unsigned long long)counts->others);
}
