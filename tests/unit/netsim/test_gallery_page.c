/*
 * Goal: nothing that a scenario says can become markup; each paragraph stands beside its plot, and
 * none is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim/lab/gallery_page.h"
#include "tests/support/assert_hook.h"
#include "tests/support/cmocka.h"

static struct gallery gallery;

/* The page of the first entry of a list; to be freed. */
static char *page_of(const char *list, const char *comment, bool failed)
{
    char why[200];
    char *text = NULL;
    size_t size = 0;
    assert_true(gallery_parse(&gallery, list, why, sizeof why));
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    page_entry(out, &gallery.entries[0], comment, "g/<a>.ini", failed);
    (void)fclose(out);
    return text;
}

static void text_cannot_become_markup(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    page_text(out, "<b a=\"1\" b='2'>&amp;é", strlen("<b a=\"1\" b='2'>&amp;é"));
    (void)fclose(out);
    assert_string_equal(text, "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;é");
    free(text);
    text = page_of("scenario a\n", "T <script>\nsee <i>\n", false);
    assert_null(strstr(text, "<script>"));
    assert_null(strstr(text, "<i>"));
    assert_null(strstr(text, "<a>"));
    assert_non_null(strstr(text, "<h2 id=\"a\">T &lt;script&gt;</h2>"));
    assert_non_null(strstr(text, "tally-sim run g/&lt;a&gt;.ini --out a"));
    free(text);
}

static void each_paragraph_stands_beside_its_plot(void **state)
{
    (void)state;
    char *text = page_of("scenario a run.seed=1\nplot p x run.seed y b : P\n"
                         "plot q x run.seed y c : Q\n",
                         "T\n\none\nof p\n\nof q\n\nthe rest\n\n", false);
    const char *see = strstr(text, "<div class=\"see\"><p>one of p</p><a href=\"a/p.svg\">"
                                   "<img src=\"a/p.svg\" alt=\"p\"></a></div>\n"
                                   "<div class=\"see\"><p>of q</p><a href=\"a/q.svg\">"
                                   "<img src=\"a/q.svg\" alt=\"q\"></a></div>\n"
                                   "<p>the rest</p>\n");
    assert_non_null(see);
    assert_non_null(strstr(text, "tally-sim sweep g/&lt;a&gt;.ini --vary run.seed=1 --out a"));
    free(text);
}

static void a_plot_without_words_is_shown(void **state)
{
    (void)state;
    char *text = page_of("scenario a\n", "T\n", false);
    assert_non_null(strstr(text, "a/timeline.svg"));
    assert_non_null(strstr(text, "a/bandwidth.svg"));
    assert_non_null(strstr(text, "a/cpu.svg"));
    free(text);
    text = page_of("scenario a\n", "", false);
    assert_non_null(strstr(text, "a/cpu.svg"));
    free(text);
}

static void what_failed_shows_no_plots(void **state)
{
    (void)state;
    char *text = page_of("scenario a\n", "T\nsee\n", true);
    assert_null(strstr(text, ".svg"));
    assert_non_null(strstr(text, "It failed: see <a href=\"a.log\">a.log</a>."));
    free(text);
}

static void the_page_has_no_script(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    page_begin(out);
    page_end(out);
    (void)fclose(out);
    assert_int_equal(strncmp(text, "<!DOCTYPE html>\n", 16), 0);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "http")); /* nothing is fetched */
    assert_non_null(strstr(text, "</body>\n</html>\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_cannot_become_markup),
        cmocka_unit_test(each_paragraph_stands_beside_its_plot),
        cmocka_unit_test(a_plot_without_words_is_shown),
        cmocka_unit_test(what_failed_shows_no_plots),
        cmocka_unit_test(the_page_has_no_script),
    };
    assert_hook_install();
    return cmocka_run_group_tests_name("gallery_page", tests, NULL, NULL);
}
