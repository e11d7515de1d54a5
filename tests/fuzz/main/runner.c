/*
 * Goal: every input that once mattered to a decoder is tried again in every build, without
 * libFuzzer.
 *
 * Stands in for libFuzzer's main. Runs the target over each file of its corpus directory, over
 * every truncation of it, and over mutations drawn from a fixed seed, so that a run is the same
 * everywhere.
 *
 *     fuzz_message [directory or file]...     default: tests/fuzz/corpus/<what follows fuzz_>
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/prng.h"

#define INPUT_SIZE_MAX     (1u << 20)
#define TRUNCATIONS_MAX    512u
#define MUTATIONS          2000u
#define MUTATED_SIZE_MAX   4096u
#define MUTATION_EDITS_MAX 4u

/* The target; the same signature as libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* A target's own set-up, if it has one. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argument_count, char ***arguments);

static uint64_t input_count;

/* Gives the target a block of exactly this size, so that a sanitizer sees a read beyond it. */
static void run_input(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) {
        abort();
    }
    if (size > 0) {
        memcpy(exact, data, size);
    }
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    input_count++;
}

static void run_mutations(const uint8_t *data, size_t size, struct prng *prng)
{
    static uint8_t mutated[MUTATED_SIZE_MAX + 1];
    for (unsigned round = 0; round < MUTATIONS; round++) {
        size_t mutated_size = size < MUTATED_SIZE_MAX ? size : MUTATED_SIZE_MAX;
        if (mutated_size > 0) {
            memcpy(mutated, data, mutated_size);
        } else {
            mutated_size = (size_t)prng_below(prng, 64);
            prng_fill(prng, mutated, mutated_size);
        }
        uint64_t edits = 1 + prng_below(prng, MUTATION_EDITS_MAX);
        for (uint64_t edit = 0; edit < edits && mutated_size > 0; edit++) {
            size_t at = (size_t)prng_below(prng, mutated_size);
            switch (prng_below(prng, 4)) {
            case 0:
                mutated[at] ^= (uint8_t)(1u << prng_below(prng, 8));
                break;
            case 1:
                mutated[at] = (uint8_t)prng_next(prng);
                break;
            case 2:
                mutated[at] = prng_chance(prng, 1, 2) ? 0xff : 0x00;
                break;
            default:
                mutated_size = at;
                break;
            }
        }
        run_input(mutated, mutated_size);
    }
}

static int run_file(const char *path)
{
    static uint8_t data[INPUT_SIZE_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    (void)fclose(file);
    run_input(data, size);
    size_t step = size / TRUNCATIONS_MAX + 1;
    for (size_t shorter = 0; shorter < size; shorter += step) {
        run_input(data, shorter);
    }
    struct prng prng;
    prng_init(&prng, size);
    run_mutations(data, size, &prng);
    return 0;
}

static int run_path(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return run_file(path);
    }
    int result = 0;
    const struct dirent *entry = NULL;
    while ((entry = readdir(directory)) != NULL) {
        char inside[PATH_MAX];
        if (entry->d_name[0] == '.') {
            continue;
        }
        int length = snprintf(inside, sizeof(inside), "%s/%s", path, entry->d_name);
        if (length < 0 || (size_t)length >= sizeof(inside) || run_file(inside) != 0) {
            result = 1;
        }
    }
    (void)closedir(directory);
    return result;
}

int main(int argument_count, char **arguments)
{
    if (LLVMFuzzerInitialize != NULL) {
        (void)LLVMFuzzerInitialize(&argument_count, &arguments);
    }
    struct prng prng;
    prng_init(&prng, 0);
    run_input(NULL, 0);
    run_mutations(NULL, 0, &prng);
    int result = 0;
    if (argument_count > 1) {
        for (int i = 1; i < argument_count; i++) {
            result |= run_path(arguments[i]);
        }
    } else {
        const char *slash = strrchr(arguments[0], '/');
        const char *name = slash != NULL ? slash + 1 : arguments[0];
        char corpus[PATH_MAX];
        struct stat found;
        const char *prefix = "fuzz_";
        name += strncmp(name, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
        int length = snprintf(corpus, sizeof(corpus), "tests/fuzz/corpus/%s", name);
        if (length > 0 && (size_t)length < sizeof(corpus) && stat(corpus, &found) == 0) {
            result = run_path(corpus);
        }
    }
    printf("%llu inputs\n", (unsigned long long)input_count);
    return result;
}
