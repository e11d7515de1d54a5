/*
 * netsim/lab/gallery_page.h - the page that shows a gallery
 *
 * Rule. Plain HTML without a script, which opens from disk: for each scenario its title, its plots
 * with what to see beside each, the files of its results, and the command that makes them again.
 */
#ifndef TALLY_NETSIM_LAB_GALLERY_PAGE_H
#define TALLY_NETSIM_LAB_GALLERY_PAGE_H

#include <stdio.h>

#include "netsim/lab/gallery.h"

/* Text in HTML: what would be markup is written as entities. */
void page_text(FILE *out, const char *text, size_t size);

/* Everything before the first scenario. */
void page_begin(FILE *out);
/* A scenario. `file` is its path; with `failed` it has no plots, but says so. */
void page_entry(FILE *out, const struct gallery_entry *entry, const char *comment, const char *file,
                bool failed);
/* Everything after the last one. */
void page_end(FILE *out);

#endif
