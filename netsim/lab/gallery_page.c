/* The page of a gallery: see gallery_page.h. */
#include "netsim/lab/gallery_page.h"

#include <string.h>

static const char style[] =
    "body{font:16px/1.45 sans-serif;color:#222;max-width:1280px;margin:2em auto;padding:0 1em}\n"
    "h1{font-size:1.7em}h2{font-size:1.3em;margin:2.5em 0 .5em;border-top:1px solid #bbb;"
    "padding-top:1em}\n"
    ".see{display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start;margin:1em 0}\n"
    ".see p{flex:1 1 18em;margin:0;white-space:pre-line}"
    ".see a{flex:3 1 36em}.see img{width:100%;height:auto}\n"
    "code{background:#f3f3f3;padding:.1em .3em}.files{font-size:.9em}.bad{color:#a00}\n";

/* Of a run, as verb_run writes them. */
static const char *const run_plots[] = {"timeline", "bandwidth", "cpu"};
static const char *const run_files[] = {"summary.txt",  "series.csv",  "series.json",
                                        "messages.csv", "members.csv", "scenario.ini",
                                        "trace.json"};
static const char *const sweep_files[] = {"runs.csv"};

void page_text(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        switch (text[i]) {
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fputc(text[i], out);
        }
    }
}

static void text_print(FILE *out, const char *text)
{
    page_text(out, text, strlen(text));
}

void page_begin(FILE *out)
{
    (void)fprintf(out,
                  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width\">\n"
                  "<title>Tally: a gallery of simulated networks</title>\n<style>\n%s</style>\n"
                  "</head>\n<body>\n<h1>A gallery of simulated networks</h1>\n"
                  "<p>Whole validators of Tally under a virtual clock, network and disk; every "
                  "figure is the same again for the same scenario, on any machine. A plot leads "
                  "to its large version.</p>\n",
                  style);
}

/* The paragraph at `*text` without the line breaks around it; moves behind it. */
static size_t paragraph_take(const char **text, const char **begin)
{
    while (**text == '\n') {
        (*text)++;
    }
    *begin = *text;
    const char *end = strstr(*text, "\n\n");
    size_t size = end == NULL ? strlen(*text) : (size_t)(end - *text);
    *text += size;
    while (size > 0 && (*begin)[size - 1] == '\n') {
        size--;
    }
    return size;
}

static void paragraph_print(FILE *out, const char **text)
{
    const char *begin;
    size_t size = paragraph_take(text, &begin);
    (void)fputs("<p>", out);
    for (size_t i = 0; i < size; i++) {
        page_text(out, begin[i] == '\n' ? " " : begin + i, 1);
    }
    (void)fputs("</p>", out);
}

static void plot_print(FILE *out, const char *entry, const char *plot, const char **text)
{
    (void)fputs("<div class=\"see\">", out);
    paragraph_print(out, text);
    (void)fprintf(out, "<a href=\"%s/%s.svg\"><img src=\"%s/%s.svg\" alt=\"%s\"></a></div>\n",
                  entry, plot, entry, plot, plot);
}

static void files_print(FILE *out, const char *entry, const char *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s<a href=\"%s/%s\">%s</a>", i == 0 ? "" : ", ", entry, files[i],
                      files[i]);
    }
}

static void command_print(FILE *out, const struct gallery_entry *entry, const char *file)
{
    (void)fprintf(out, "<code>tally-sim %s ", entry->axis_count == 0 ? "run" : "sweep");
    text_print(out, file);
    for (uint32_t i = 0; i < entry->axis_count; i++) {
        (void)fputs(" --vary ", out);
        text_print(out, entry->axes[i]);
    }
    (void)fprintf(out, " --out %s</code>", entry->name);
}

void page_entry(FILE *out, const struct gallery_entry *entry, const char *comment, const char *file,
                bool failed)
{
    const char *text = comment;
    size_t title = strcspn(comment, "\n");
    (void)fprintf(out, "<h2 id=\"%s\">", entry->name);
    page_text(out, comment, title);
    (void)fputs("</h2>\n", out);
    text += title;
    if (failed) {
        (void)fprintf(out, "<p class=\"bad\">It failed: see <a href=\"%s.log\">%s.log</a>.</p>\n",
                      entry->name, entry->name);
        return;
    }
    const bool once = entry->axis_count == 0;
    const uint32_t plots =
        once ? (uint32_t)(sizeof run_plots / sizeof run_plots[0]) : entry->plot_count;
    for (uint32_t i = 0; i < plots; i++) {
        plot_print(out, entry->name, once ? run_plots[i] : entry->plots[i].plot.name, &text);
    }
    while (text[strspn(text, "\n")] != '\0') {
        paragraph_print(out, &text);
        (void)fputc('\n', out);
    }
    (void)fputs("<p class=\"files\">Results: ", out);
    files_print(out, entry->name, once ? run_files : sweep_files,
                once ? sizeof run_files / sizeof run_files[0]
                     : sizeof sweep_files / sizeof sweep_files[0]);
    (void)fputs(". Again: ", out);
    command_print(out, entry, file);
    (void)fputs("</p>\n", out);
}

void page_end(FILE *out)
{
    (void)fputs("</body>\n</html>\n", out);
}
