#include "bench/support/figure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABELS = 8,
    LABEL_SIZE = 96,
};

static char *label_next(void)
{
    static char labels[LABELS][LABEL_SIZE];
    static uint32_t turn;
    turn = (turn + 1) % LABELS;
    return labels[turn];
}

const char *figure_label(const char *format, ...)
{
    char *out = label_next();
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(out, LABEL_SIZE, format, arguments);
    va_end(arguments);
    return out;
}

const char *figure_number(double value)
{
    char digits[LABEL_SIZE / 2];
    char *out = label_next();
    size_t at = 0;
    bool whole_number = value < 1e15 && value == (double)(int64_t)value;
    int decimals = whole_number || value >= 100 ? 0 : value < 10 ? 2 : 1;
    (void)snprintf(digits, sizeof digits, "%.*f", decimals, value);
    size_t whole = strcspn(digits, ".");
    for (size_t i = 0; digits[i] != 0; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    out[at] = 0;
    return out;
}

void figure_print(const struct figure *figure)
{
    char share[LABEL_SIZE] = "";
    if (figure->limit > 0 && figure->value > 0) {
        double part = figure->cost ? figure->limit / figure->value : figure->value / figure->limit;
        (void)snprintf(share, sizeof share, "%.*f %%", part < 0.0995 ? 1 : 0, part * 100);
    }
    (void)printf("%-10s %-46s %11s %-17s %11s %6s  %s\n", figure->layer, figure->what,
                 figure_number(figure->value), figure->unit,
                 figure->limit > 0 ? figure_number(figure->limit) : "", share,
                 figure->limit_what != NULL ? figure->limit_what : "");
    (void)fflush(stdout);
}

void figure_require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

double figure_median(double *values, uint32_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}
