/* faulty_file.c: see faulty_file.h. */
#include "tests/support/host/faulty_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"

enum {
    NODES_MAX = 512,
    NAMES_MAX = 256,
    HANDLES_MAX = 128,
    CHANGES_MAX = 256,
    PATH_SIZE = 128,
};

struct content {
    uint8_t *data;
    size_t size;
};

/* A write (data != NULL) or a truncation to `offset`. */
struct write_change {
    uint64_t offset;
    uint8_t *data;
    size_t size;
};

struct node {
    bool used;
    bool directory;
    bool locked;
    struct content now;
    struct content durable;
    struct write_change *changes; /* since the last sync */
    size_t change_count;
};

struct name {
    char path[PATH_SIZE];
    int node; /* -1: no such name */
};

/* One change of names, applied whole or not at all. */
struct name_change {
    char set[PATH_SIZE]; /* this name now means `node` */
    int node;
    char cleared[PATH_SIZE]; /* this name is gone */
};

struct handle {
    int node; /* -1: closed */
    bool writable;
    bool locked;
};

struct faulty_disk {
    struct file_system system;
    struct prng prng;
    struct node nodes[NODES_MAX];
    struct name names[NAMES_MAX];
    size_t name_count;
    struct name durable_names[NAMES_MAX];
    size_t durable_name_count;
    struct name_change changes[CHANGES_MAX];
    size_t change_count;
    struct handle handles[HANDLES_MAX];
    enum fault_kind plan;
    uint64_t plan_operation;
    uint64_t operation;
    bool met;
    bool crashed;
    uint64_t space;
};

/* ---- Content ----------------------------------------------------------------------------- */

static void *memory_take(size_t size)
{
    void *memory = calloc(1, size == 0 ? 1 : size);
    TALLY_ASSERT(memory != NULL);
    return memory;
}

static void content_resize(struct content *content, size_t size)
{
    uint8_t *data = memory_take(size);
    size_t kept = content->size < size ? content->size : size;
    if (kept > 0) {
        memcpy(data, content->data, kept);
    }
    free(content->data);
    content->data = data;
    content->size = size;
}

static void content_write(struct content *content, uint64_t offset, const uint8_t *data,
                          size_t size)
{
    if (size == 0) {
        return;
    }
    if (offset + size > content->size) {
        content_resize(content, (size_t)(offset + size));
    }
    memcpy(content->data + offset, data, size);
}

static void content_copy(struct content *to, const struct content *from)
{
    free(to->data);
    to->data = memory_take(from->size);
    to->size = from->size;
    if (from->size > 0) {
        memcpy(to->data, from->data, from->size);
    }
}

static void node_change_add(struct node *node, uint64_t offset, const uint8_t *data, size_t size)
{
    size_t bytes = (node->change_count + 1) * sizeof(*node->changes);
    struct write_change *grown = realloc(node->changes, bytes);
    TALLY_ASSERT(grown != NULL);
    node->changes = grown;
    struct write_change *change = &node->changes[node->change_count];
    change->offset = offset;
    change->size = size;
    change->data = NULL;
    if (data != NULL) {
        change->data = memory_take(size);
        memcpy(change->data, data, size);
    }
    node->change_count += 1;
}

static void node_changes_clear(struct node *node)
{
    for (size_t i = 0; i < node->change_count; i++) {
        free(node->changes[i].data);
    }
    free(node->changes);
    node->changes = NULL;
    node->change_count = 0;
}

/* ---- Names ------------------------------------------------------------------------------- */

static int names_find(const struct name *names, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i].path, path) == 0) {
            return names[i].node;
        }
    }
    return -1;
}

static void names_set(struct name *names, size_t *count, const char *path, int node)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(names[i].path, path) == 0) {
            names[i].node = node;
            return;
        }
    }
    if (node < 0) {
        return; /* it was not there */
    }
    size_t place = 0;
    while (place < *count && names[place].node >= 0) {
        place += 1;
    }
    TALLY_ASSERT(place < NAMES_MAX);
    (void)snprintf(names[place].path, PATH_SIZE, "%s", path);
    names[place].node = node;
    *count += place == *count ? 1 : 0;
}

static void disk_name_change(struct faulty_disk *disk, const char *set, int node,
                             const char *cleared)
{
    TALLY_ASSERT(disk->change_count < CHANGES_MAX);
    struct name_change *change = &disk->changes[disk->change_count++];
    (void)snprintf(change->set, PATH_SIZE, "%s", set);
    (void)snprintf(change->cleared, PATH_SIZE, "%s", cleared);
    change->node = node;
    if (cleared[0] != '\0') {
        names_set(disk->names, &disk->name_count, cleared, -1);
    }
    if (set[0] != '\0') {
        names_set(disk->names, &disk->name_count, set, node);
    }
}

static int disk_find(const struct faulty_disk *disk, const char *path)
{
    return names_find(disk->names, disk->name_count, path);
}

static int disk_node_new(struct faulty_disk *disk, bool directory)
{
    for (int i = 0; i < NODES_MAX; i++) {
        if (!disk->nodes[i].used) {
            disk->nodes[i].used = true;
            disk->nodes[i].directory = directory;
            return i;
        }
    }
    TALLY_ASSERT(false);
    return -1;
}

/* Whether `path` lies directly in `directory`. */
static bool path_within(const char *path, const char *directory)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return strcmp(directory, ".") == 0;
    }
    size_t size = (size_t)(slash - path);
    return strlen(directory) == size && strncmp(path, directory, size) == 0;
}

/* ---- Faults ------------------------------------------------------------------------------ */

/* Counts one operation; what it must answer, FILE_OK to go on. */
static enum file_status disk_operation(struct faulty_disk *disk)
{
    if (disk->crashed) {
        return FILE_IO;
    }
    disk->operation += 1;
    if (disk->plan == FAULT_NONE || disk->operation != disk->plan_operation) {
        return FILE_OK;
    }
    disk->met = true;
    if (disk->plan == FAULT_CRASH) {
        disk->crashed = true;
    }
    return disk->plan == FAULT_FULL ? FILE_FULL : FILE_IO;
}

uint64_t faulty_disk_used(const struct faulty_disk *disk)
{
    uint64_t used = 0;
    for (int i = 0; i < NODES_MAX; i++) {
        used += disk->nodes[i].used ? disk->nodes[i].now.size : 0;
    }
    return used;
}

static struct handle *disk_handle(struct faulty_disk *disk, int handle)
{
    TALLY_ASSERT(handle >= 0 && handle < HANDLES_MAX);
    TALLY_ASSERT(disk->handles[handle].node >= 0);
    return &disk->handles[handle];
}

/* ---- The operations ---------------------------------------------------------------------- */

static enum file_status faulty_open(void *context, const char *path, enum file_mode mode,
                                    int *handle)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    int node = disk_find(disk, path);
    if (node >= 0 && mode == FILE_CREATE) {
        return FILE_EXISTS;
    }
    if (node < 0 && (mode == FILE_READ || mode == FILE_WRITE)) {
        return FILE_NOT_FOUND;
    }
    if (node < 0) {
        node = disk_node_new(disk, false);
        disk_name_change(disk, path, node, "");
    }
    for (int i = 0; i < HANDLES_MAX; i++) {
        if (disk->handles[i].node < 0) {
            disk->handles[i] = (struct handle){node, mode != FILE_READ, false};
            *handle = i;
            return FILE_OK;
        }
    }
    TALLY_ASSERT(false);
    return FILE_IO;
}

static void faulty_close(void *context, int handle)
{
    struct faulty_disk *disk = context;
    struct handle *open = disk_handle(disk, handle);
    if (open->locked) {
        disk->nodes[open->node].locked = false;
    }
    open->node = -1;
}

static enum file_status faulty_write(void *context, int handle, uint64_t offset, const void *data,
                                     size_t size)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    struct handle *open = disk_handle(disk, handle);
    TALLY_ASSERT(open->writable);
    struct node *node = &disk->nodes[open->node];
    size_t accepted = size;
    if (status == FILE_OK) {
        uint64_t used = faulty_disk_used(disk);
        uint64_t end = offset + size;
        uint64_t growth = end > node->now.size ? end - node->now.size : 0;
        uint64_t left = used >= disk->space ? 0 : disk->space - used;
        if (growth > left) {
            status = FILE_FULL;
        }
    }
    if (status != FILE_OK) {
        accepted = size == 0 ? 0 : (size_t)prng_below(&disk->prng, size);
    }
    if (accepted > 0) {
        node_change_add(node, offset, data, accepted);
        content_write(&node->now, offset, data, accepted);
    }
    return status;
}

static enum file_status faulty_read(void *context, int handle, uint64_t offset, void *data,
                                    size_t size, size_t *read_size)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return FILE_IO; /* a read cannot lack space */
    }
    const struct content *now = &disk->nodes[disk_handle(disk, handle)->node].now;
    size_t left = offset >= now->size ? 0 : now->size - (size_t)offset;
    *read_size = size < left ? size : left;
    if (*read_size > 0) {
        memcpy(data, now->data + offset, *read_size);
    }
    return FILE_OK;
}

static enum file_status faulty_size(void *context, int handle, uint64_t *size)
{
    struct faulty_disk *disk = context;
    if (disk_operation(disk) != FILE_OK) {
        return FILE_IO;
    }
    *size = disk->nodes[disk_handle(disk, handle)->node].now.size;
    return FILE_OK;
}

static enum file_status faulty_sync(void *context, int handle)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    struct node *node = &disk->nodes[disk_handle(disk, handle)->node];
    content_copy(&node->durable, &node->now);
    node_changes_clear(node);
    return FILE_OK;
}

static enum file_status faulty_truncate(void *context, int handle, uint64_t size)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status == FILE_FULL ? FILE_IO : status;
    }
    struct node *node = &disk->nodes[disk_handle(disk, handle)->node];
    node_change_add(node, size, NULL, 0);
    content_resize(&node->now, (size_t)size);
    return FILE_OK;
}

static enum file_status faulty_lock(void *context, int handle)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return FILE_IO;
    }
    struct handle *open = disk_handle(disk, handle);
    if (disk->nodes[open->node].locked) {
        return FILE_LOCKED;
    }
    disk->nodes[open->node].locked = true;
    open->locked = true;
    return FILE_OK;
}

static enum file_status faulty_rename(void *context, const char *from, const char *to)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    int node = disk_find(disk, from);
    if (node < 0) {
        return FILE_NOT_FOUND;
    }
    disk_name_change(disk, to, node, from);
    return FILE_OK;
}

static enum file_status faulty_unlink(void *context, const char *path)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return FILE_IO;
    }
    int node = disk_find(disk, path);
    if (node < 0) {
        return FILE_NOT_FOUND;
    }
    disk_name_change(disk, "", -1, path);
    content_resize(&disk->nodes[node].now, 0); /* its space is free again */
    return FILE_OK;
}

static enum file_status faulty_directory_create(void *context, const char *path)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    if (disk_find(disk, path) >= 0) {
        return FILE_EXISTS;
    }
    disk_name_change(disk, path, disk_node_new(disk, true), "");
    return FILE_OK;
}

static enum file_status faulty_directory_sync(void *context, const char *path)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    size_t kept = 0;
    for (size_t i = 0; i < disk->change_count; i++) {
        struct name_change change = disk->changes[i];
        const char *name = change.set[0] != '\0' ? change.set : change.cleared;
        if (!path_within(name, path)) {
            disk->changes[kept++] = change;
            continue;
        }
        if (change.cleared[0] != '\0') {
            names_set(disk->durable_names, &disk->durable_name_count, change.cleared, -1);
        }
        if (change.set[0] != '\0') {
            names_set(disk->durable_names, &disk->durable_name_count, change.set, change.node);
        }
    }
    disk->change_count = kept;
    return FILE_OK;
}

static enum file_status faulty_directory_list(void *context, const char *path, file_visit *visit,
                                              void *visit_context)
{
    struct faulty_disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return FILE_IO;
    }
    if (disk_find(disk, path) < 0) {
        return FILE_NOT_FOUND;
    }
    for (size_t i = 0; i < disk->name_count; i++) {
        if (disk->names[i].node >= 0 && path_within(disk->names[i].path, path)) {
            visit(visit_context, strrchr(disk->names[i].path, '/') + 1);
        }
    }
    return FILE_OK;
}

static const struct file_operations faulty_operations = {
    .open = faulty_open,
    .close = faulty_close,
    .write = faulty_write,
    .read = faulty_read,
    .size = faulty_size,
    .sync = faulty_sync,
    .truncate = faulty_truncate,
    .lock = faulty_lock,
    .rename = faulty_rename,
    .unlink = faulty_unlink,
    .directory_create = faulty_directory_create,
    .directory_sync = faulty_directory_sync,
    .directory_list = faulty_directory_list,
};

/* ---- Life -------------------------------------------------------------------------------- */

struct faulty_disk *faulty_disk_new(uint64_t seed)
{
    struct faulty_disk *disk = memory_take(sizeof(*disk));
    disk->system.operations = &faulty_operations;
    disk->system.context = disk;
    disk->space = UINT64_MAX;
    prng_init(&disk->prng, seed);
    for (int i = 0; i < HANDLES_MAX; i++) {
        disk->handles[i].node = -1;
    }
    return disk;
}

void faulty_disk_free(struct faulty_disk *disk)
{
    for (int i = 0; i < NODES_MAX; i++) {
        free(disk->nodes[i].now.data);
        free(disk->nodes[i].durable.data);
        node_changes_clear(&disk->nodes[i]);
    }
    free(disk);
}

const struct file_system *faulty_disk_system(struct faulty_disk *disk)
{
    return &disk->system;
}

void faulty_disk_plan(struct faulty_disk *disk, enum fault_kind kind, uint64_t operation)
{
    disk->plan = kind;
    disk->plan_operation = operation;
    disk->operation = 0;
    disk->met = false;
}

bool faulty_disk_met(const struct faulty_disk *disk)
{
    return disk->met;
}

void faulty_disk_crash(struct faulty_disk *disk)
{
    disk->crashed = true;
}

static void disk_handles_close(struct faulty_disk *disk)
{
    for (int i = 0; i < HANDLES_MAX; i++) {
        disk->handles[i].node = -1;
    }
    for (int i = 0; i < NODES_MAX; i++) {
        disk->nodes[i].locked = false;
    }
    disk->crashed = false;
    disk->plan = FAULT_NONE;
}

void faulty_disk_kill(struct faulty_disk *disk)
{
    disk_handles_close(disk);
}

/* Applies an arbitrary selection of the unsynced writes, each possibly torn, to what is durable. */
static void node_settle(struct faulty_disk *disk, struct node *node)
{
    struct content survived = {NULL, 0};
    content_copy(&survived, &node->durable);
    for (size_t i = 0; i < node->change_count; i++) {
        const struct write_change *change = &node->changes[i];
        uint64_t fate = prng_below(&disk->prng, 4);
        if (fate == 0) {
            continue;
        }
        if (change->data == NULL) {
            content_resize(&survived, (size_t)change->offset);
            continue;
        }
        size_t from = 0;
        size_t to = change->size;
        if (fate == 1) {
            to = (size_t)prng_below(&disk->prng, change->size + 1);
            from = (size_t)prng_below(&disk->prng, to + 1);
        }
        content_write(&survived, change->offset + from, change->data + from, to - from);
    }
    node_changes_clear(node);
    content_copy(&node->now, &survived);
    content_copy(&node->durable, &survived);
    free(survived.data);
}

void faulty_disk_restart(struct faulty_disk *disk)
{
    for (int i = 0; i < NODES_MAX; i++) {
        if (disk->nodes[i].used) {
            node_settle(disk, &disk->nodes[i]);
        }
    }
    for (size_t i = 0; i < disk->change_count; i++) {
        const struct name_change *change = &disk->changes[i];
        if (prng_below(&disk->prng, 2) == 0) {
            continue;
        }
        if (change->cleared[0] != '\0') {
            names_set(disk->durable_names, &disk->durable_name_count, change->cleared, -1);
        }
        if (change->set[0] != '\0') {
            names_set(disk->durable_names, &disk->durable_name_count, change->set, change->node);
        }
    }
    disk->change_count = 0;
    memcpy(disk->names, disk->durable_names, sizeof(disk->names));
    disk->name_count = disk->durable_name_count;
    disk_handles_close(disk);
}

void faulty_disk_space(struct faulty_disk *disk, uint64_t bytes)
{
    disk->space = bytes;
}

uint64_t faulty_disk_size(struct faulty_disk *disk, const char *path)
{
    int node = disk_find(disk, path);
    return node < 0 ? UINT64_MAX : disk->nodes[node].now.size;
}

void faulty_disk_rot(struct faulty_disk *disk, const char *path, uint64_t offset, uint8_t bits)
{
    int node = disk_find(disk, path);
    TALLY_ASSERT(node >= 0);
    TALLY_ASSERT(offset < disk->nodes[node].now.size);
    disk->nodes[node].now.data[offset] ^= bits;
    content_copy(&disk->nodes[node].durable, &disk->nodes[node].now);
    node_changes_clear(&disk->nodes[node]);
}

void faulty_disk_cut(struct faulty_disk *disk, const char *path, uint64_t size)
{
    int node = disk_find(disk, path);
    TALLY_ASSERT(node >= 0);
    content_resize(&disk->nodes[node].now, (size_t)size);
    content_copy(&disk->nodes[node].durable, &disk->nodes[node].now);
    node_changes_clear(&disk->nodes[node]);
}

uint8_t *faulty_disk_take(struct faulty_disk *disk, const char *path, size_t *size)
{
    int node = disk_find(disk, path);
    TALLY_ASSERT(node >= 0);
    *size = disk->nodes[node].now.size;
    uint8_t *copy = memory_take(*size);
    if (*size > 0) {
        memcpy(copy, disk->nodes[node].now.data, *size);
    }
    return copy;
}

void faulty_disk_put(struct faulty_disk *disk, const char *path, const void *data, size_t size)
{
    int node = disk_node_new(disk, false);
    content_write(&disk->nodes[node].now, 0, data, size);
    content_copy(&disk->nodes[node].durable, &disk->nodes[node].now);
    names_set(disk->names, &disk->name_count, path, node);
    names_set(disk->durable_names, &disk->durable_name_count, path, node);
}
