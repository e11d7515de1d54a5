#include "netsim/fuzz/fuzz_totals.h"

#include "base/assert.h"
#include "ledger/command/command.h"

static void figures_add(struct fuzz_figures *into, const struct fuzz_figures *from)
{
    into->events += from->events;
    into->time_us += from->time_us;
    into->messages += from->messages;
    into->blocks += from->blocks;
    into->envelopes += from->envelopes;
    into->settled += from->settled;
    into->starts += from->starts;
    into->stops += from->stops;
    into->evidence += from->evidence;
}

/* Of one schedule. A sum of these does not depend on their order. */
static uint64_t digest_of(uint64_t seed, uint64_t digest)
{
    uint64_t mixed = (digest ^ seed * UINT64_C(0x9E3779B97F4A7C15)) * UINT64_C(0xBF58476D1CE4E5B9);
    return mixed ^ mixed >> 31;
}

static void commands_add(struct fuzz_totals *into, const uint64_t *done, const uint64_t *refused,
                         uint64_t drafted)
{
    for (uint32_t kind = 0; kind < WORKLOAD_COMMAND_KINDS; kind++) {
        into->done[kind] += done[kind];
        into->refused[kind] += refused[kind];
    }
    into->drafted += drafted;
}

void fuzz_totals_add(struct fuzz_totals *totals, const struct fuzz_options *options,
                     const struct fuzz_verdict *verdict)
{
    uint32_t byzantine = 0;
    totals->schedules++;
    totals->outcomes[verdict->outcome]++;
    for (int phase = 0; phase < FUZZ_PHASE_COUNT; phase++) {
        figures_add(&totals->figures[phase], &verdict->figures[phase]);
    }
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        totals->drawn[fault] += fuzz_options_have(options, (enum fuzz_fault)fault);
        totals->struck[fault] += verdict->faults[fault];
    }
    for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
        totals->deeds[kind] += verdict->deeds[kind];
    }
    commands_add(totals, verdict->done, verdict->refused, verdict->drafted);
    for (uint32_t member = 0; member < options->member_count; member++) {
        byzantine += fuzz_options_kinds(options, member) != 0;
    }
    totals->members[options->member_count]++;
    totals->byzantine[byzantine]++;
    totals->digest += digest_of(options->seed, verdict->digest);
}

void fuzz_totals_merge(struct fuzz_totals *into, const struct fuzz_totals *from)
{
    into->schedules += from->schedules;
    for (int outcome = 0; outcome <= FUZZ_UNSAFE; outcome++) {
        into->outcomes[outcome] += from->outcomes[outcome];
    }
    for (int phase = 0; phase < FUZZ_PHASE_COUNT; phase++) {
        figures_add(&into->figures[phase], &from->figures[phase]);
    }
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        into->drawn[fault] += from->drawn[fault];
        into->struck[fault] += from->struck[fault];
    }
    for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
        into->deeds[kind] += from->deeds[kind];
    }
    commands_add(into, from->done, from->refused, from->drafted);
    for (uint32_t count = 0; count <= FUZZ_MEMBERS_MAX; count++) {
        into->members[count] += from->members[count];
    }
    for (uint32_t count = 0; count <= FUZZ_FAULTY_MAX; count++) {
        into->byzantine[count] += from->byzantine[count];
    }
    into->digest += from->digest;
}

/* "  4 23, 7 5": how many schedules had that many. */
static void histogram_print(const char *name, const uint64_t *counts, uint32_t most, FILE *stream)
{
    const char *separator = "  ";
    fprintf(stream, "%-10s", name);
    for (uint32_t count = 0; count <= most; count++) {
        if (counts[count] > 0) {
            fprintf(stream, "%s%u: %llu", separator, count, (unsigned long long)counts[count]);
            separator = ",  ";
        }
    }
    fprintf(stream, "\n");
}

/* What clients asked for, by kind of command; those that wait or waited as drafts count as done. */
static void commands_print(const struct fuzz_totals *totals, FILE *stream)
{
    const char *separator = "  ";
    fprintf(stream, "%-10s", "commands");
    for (uint32_t kind = 0; kind < WORKLOAD_COMMAND_KINDS; kind++) {
        const char *name = command_name((uint8_t)kind);
        if (name[0] != '\0' && totals->done[kind] + totals->refused[kind] > 0) {
            fprintf(stream, "%s%s %llu", separator, name, (unsigned long long)totals->done[kind]);
            if (totals->refused[kind] > 0) {
                fprintf(stream, " (%llu refused)", (unsigned long long)totals->refused[kind]);
            }
            separator = ",  ";
        }
    }
    fprintf(stream, ";  drafts %llu\n", (unsigned long long)totals->drafted);
}

void fuzz_totals_print(const struct fuzz_totals *totals, double seconds, FILE *stream)
{
    const uint64_t events =
        totals->figures[FUZZ_SAFETY].events + totals->figures[FUZZ_LIVENESS].events;
    const double count = totals->schedules == 0 ? 1.0 : (double)totals->schedules;
    fprintf(stream,
            "%llu schedules: %llu passed, %llu lost, %llu not live, %llu unsafe; %.0f events each; "
            "%.1f s of processor time, %.1f/s\n",
            (unsigned long long)totals->schedules,
            (unsigned long long)totals->outcomes[FUZZ_PASSED],
            (unsigned long long)totals->outcomes[FUZZ_LOST],
            (unsigned long long)totals->outcomes[FUZZ_STUCK],
            (unsigned long long)totals->outcomes[FUZZ_UNSAFE], (double)events / count, seconds,
            seconds > 0 ? (double)totals->schedules / seconds : 0.0);
    fuzz_figures_print(totals->figures, stream);
    histogram_print("members", totals->members, FUZZ_MEMBERS_MAX, stream);
    histogram_print("byzantine", totals->byzantine, FUZZ_FAULTY_MAX, stream);
    commands_print(totals, stream);
    fprintf(stream, "%-10s %10s %12s\n", "class", "schedules", "strikes");
    for (uint32_t fault = 0; fault < FUZZ_FAULT_COUNT; fault++) {
        fprintf(stream, "%-10s %10llu %12llu  %s\n", fuzz_fault_name((enum fuzz_fault)fault),
                (unsigned long long)totals->drawn[fault], (unsigned long long)totals->struck[fault],
                fuzz_fault_text((enum fuzz_fault)fault));
    }
    fprintf(stream, "deeds     ");
    for (uint32_t kind = 0; kind < BYZANTINE_COUNT; kind++) {
        fprintf(stream, " %s %llu", byzantine_kind_name((enum byzantine_kind)kind),
                (unsigned long long)totals->deeds[kind]);
    }
    fprintf(stream, "\ndigest     %016llx\n", (unsigned long long)totals->digest);
}
