/*
 * netsim/lab/gallery.h - experiments to be shown: which they are, and which are done already
 *
 * Problem. A gallery that takes minutes to make must not be made anew for a comma, and must never
 * show the plots of one scenario under the text of another.
 *
 * Rule. A list names the scenarios in the order in which they are shown:
 *
 *     scenario lan                                       lan.ini beside the list, run once
 *     scenario load workload.rate=250,500 run.seed=1,2   load.ini, run at all these points
 *     plot latency x workload.rate y finality_p50_ms by network.protocol log y : Title
 *
 * `plot` belongs to the scenario above it, which must vary something; `by COLUMN` and `log x`,
 * `log y`, `log xy` may be left out. When an entry is done, the text of all that decides its
 * results and plots is left in its directory; it is done as long as that text is the same.
 *
 * The comment at the top of a scenario is what is said beside its plots: the first line is the
 * title, paragraphs are separated by empty comment lines, and the k-th stands beside the k-th plot.
 */
#ifndef TALLY_NETSIM_LAB_GALLERY_H
#define TALLY_NETSIM_LAB_GALLERY_H

#include <stdbool.h>
#include <stddef.h>

#include "netsim/lab/plot_sweep.h"
#include "netsim/lab/scenario.h"
#include "netsim/lab/sweep.h"

enum {
    GALLERY_ENTRIES_MAX = 32,
    GALLERY_PLOTS_MAX = 6,
    GALLERY_NAME_SIZE = 40,
    GALLERY_LINE_SIZE = 400,
};

struct gallery_plot {
    char line[GALLERY_LINE_SIZE]; /* cut up: the texts of `plot` are in it */
    struct plot_sweep plot;
};

struct gallery_entry {
    char name[GALLERY_NAME_SIZE];
    char axes[SWEEP_AXES_MAX][SWEEP_FIELD_SIZE + SWEEP_VALUE_SIZE]; /* FIELD=VALUES */
    uint32_t axis_count;                                            /* 0: run once */
    struct gallery_plot plots[GALLERY_PLOTS_MAX];
    uint32_t plot_count;
};

struct gallery {
    struct gallery_entry entries[GALLERY_ENTRIES_MAX];
    uint32_t count;
};

/* Reads a list. False with "line N: ..." in `why`. Large: not for the stack. */
TALLY_MUST_CHECK bool gallery_parse(struct gallery *gallery, const char *text, char *why,
                                    size_t why_size);

/* All that decides the results of an entry, as text; to be freed. `scenario` is finished. */
char *gallery_stamp(const struct gallery_entry *entry, const struct scenario *scenario);
/* That, and what is written into its plots. */
char *gallery_plots_stamp(const struct gallery_entry *entry, const struct scenario *scenario);
/* Does the directory hold results and plots of exactly this? */
bool gallery_done(const char *directory, const char *plots_stamp);
/*
 * Makes the directory ready for it: results of anything else, among them those of single points
 * that `tally-sim sweep` would take for its own, are forgotten; those of a sweep of this that was
 * interrupted, or wants other plots, are kept, unless `again`. False with a line on standard error.
 */
TALLY_MUST_CHECK bool gallery_begin(const char *directory, const char *stamp, bool again);
/* Says that it is done. False with a line on standard error. */
TALLY_MUST_CHECK bool gallery_end(const char *directory, const char *plots_stamp);

#endif
