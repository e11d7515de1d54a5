#include "netsim/engine/disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "netsim/engine/disk_file.h"

enum {
    HANDLES_MAX = 128,
    PATH_SIZE = 128,
    NONE = -1, /* no such node */
};

struct node {
    bool used;
    bool locked;
    bool unlinked; /* its space is free, its bytes may come back with a crash */
    bool syncing;  /* since charged_ns stood at sync_begun_ns, and taking sync_ns */
    uint64_t sync_begun_ns;
    uint64_t sync_ns;
    struct disk_file file;
};

struct name {
    char path[PATH_SIZE];
    int node; /* NONE: no such name */
};

struct name_list {
    struct name *names;
    size_t count;
    size_t capacity;
};

/* One change of names, applied whole or not at all. */
struct name_change {
    char set[PATH_SIZE]; /* this name now means `node` */
    int node;
    char cleared[PATH_SIZE]; /* this name is gone */
};

struct handle {
    int node; /* NONE: closed */
    bool writable;
    bool locked;
};

struct disk {
    struct file_system system;
    struct prng damage_prng;
    struct prng time_prng;
    struct node *nodes;
    int node_count;
    struct name_list now;
    struct name_list durable;
    struct name_change *changes; /* since the last sync of their directories */
    size_t change_count;
    size_t change_capacity;
    struct handle handles[HANDLES_MAX];
    enum fault_kind plan;
    uint64_t plan_operation;
    uint64_t operation;
    bool met;
    bool crashed;
    uint64_t space;
    uint64_t file_bytes;    /* of all files */
    uint64_t foreign_bytes; /* of a store on this disk */
    struct disk_prices prices;
    struct disk_damage damage;
    uint64_t charged_ns; /* what all operations have cost */
    uint64_t read_ns;    /* of it, what the owner has read */
};

static void *grown(void *array, size_t bytes)
{
    void *larger = realloc(array, bytes);
    TALLY_ASSERT(larger != NULL);
    return larger;
}

/* ---- Names ------------------------------------------------------------------------------- */

static int names_find(const struct name_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i].path, path) == 0) {
            return list->names[i].node;
        }
    }
    return NONE;
}

static void names_reserve(struct name_list *list, size_t count)
{
    if (count > list->capacity) {
        list->capacity = count * 2 + 8;
        list->names = grown(list->names, list->capacity * sizeof *list->names);
    }
}

static void path_copy(char to[PATH_SIZE], const char *from)
{
    size_t size = strlen(from);
    TALLY_ASSERT(size < PATH_SIZE);
    memcpy(to, from, size + 1);
}

static void names_set(struct name_list *list, const char *path, int node)
{
    size_t place = list->count;
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->names[i].path, path) == 0) {
            list->names[i].node = node;
            return;
        }
        if (list->names[i].node == NONE && place == list->count) {
            place = i;
        }
    }
    if (node == NONE) {
        return; /* it was not there */
    }
    if (place == list->count) {
        names_reserve(list, list->count + 1);
        list->count++;
    }
    path_copy(list->names[place].path, path);
    list->names[place].node = node;
}

static void names_change(struct name_list *list, const struct name_change *change)
{
    if (change->cleared[0] != '\0') {
        names_set(list, change->cleared, NONE);
    }
    if (change->set[0] != '\0') {
        names_set(list, change->set, change->node);
    }
}

static void disk_name_change(struct disk *disk, const char *set, int node, const char *cleared)
{
    if (disk->change_count == disk->change_capacity) {
        disk->change_capacity = disk->change_capacity * 2 + 8;
        disk->changes = grown(disk->changes, disk->change_capacity * sizeof *disk->changes);
    }
    struct name_change *change = &disk->changes[disk->change_count++];
    path_copy(change->set, set);
    path_copy(change->cleared, cleared);
    change->node = node;
    names_change(&disk->now, change);
}

static int disk_find(const struct disk *disk, const char *path)
{
    return names_find(&disk->now, path);
}

/* Whether `name` lies directly in `directory`. */
static bool path_within(const char *name, const char *directory)
{
    const char *slash = strrchr(name, '/');
    if (slash == NULL) {
        return strcmp(directory, ".") == 0;
    }
    size_t size = (size_t)(slash - name);
    return strlen(directory) == size && strncmp(name, directory, size) == 0;
}

/* ---- Nodes ------------------------------------------------------------------------------- */

static void names_mark(const struct name_list *list, bool *reached)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->names[i].node != NONE) {
            reached[list->names[i].node] = true;
        }
    }
}

/* Frees the nodes that no name can mean again, whatever a crash leaves. */
static void nodes_reclaim(struct disk *disk)
{
    bool *reached = calloc((size_t)disk->node_count + 1, sizeof *reached);
    TALLY_ASSERT(reached != NULL);
    names_mark(&disk->now, reached);
    names_mark(&disk->durable, reached);
    for (size_t i = 0; i < disk->change_count; i++) {
        if (disk->changes[i].node != NONE) {
            reached[disk->changes[i].node] = true;
        }
    }
    for (int i = 0; i < HANDLES_MAX; i++) {
        if (disk->handles[i].node != NONE) {
            reached[disk->handles[i].node] = true;
        }
    }
    for (int i = 0; i < disk->node_count; i++) {
        if (disk->nodes[i].used && !reached[i]) {
            disk_file_clear(&disk->nodes[i].file);
            disk->nodes[i] = (struct node){.used = false};
        }
    }
    free(reached);
}

static int node_unused(const struct disk *disk)
{
    for (int i = 0; i < disk->node_count; i++) {
        if (!disk->nodes[i].used) {
            return i;
        }
    }
    return NONE;
}

static int disk_node_new(struct disk *disk)
{
    int node = node_unused(disk);
    if (node == NONE) {
        nodes_reclaim(disk);
        node = node_unused(disk);
    }
    if (node == NONE) {
        node = disk->node_count;
        int count = node * 2 + 8;
        disk->nodes = grown(disk->nodes, (size_t)count * sizeof *disk->nodes);
        memset(&disk->nodes[node], 0, (size_t)(count - node) * sizeof *disk->nodes);
        disk->node_count = count;
    }
    disk->nodes[node].used = true;
    return node;
}

/* No name means it any more: its space is free. */
static void disk_node_unlink(struct disk *disk, int node)
{
    if (node != NONE && !disk->nodes[node].unlinked) {
        disk->nodes[node].unlinked = true;
        disk->file_bytes -= disk->nodes[node].file.size;
    }
}

static void disk_count_bytes(struct disk *disk)
{
    disk->file_bytes = 0;
    for (int i = 0; i < disk->node_count; i++) {
        struct node *node = &disk->nodes[i];
        disk->file_bytes += node->used && !node->unlinked ? node->file.size : 0;
    }
}

/* ---- Faults and prices ------------------------------------------------------------------- */

/* Counts one operation; what it must answer, FILE_OK to go on. */
static enum file_status disk_operation(struct disk *disk)
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

static uint64_t disk_slowed(const struct disk *disk, uint64_t ns)
{
    return ns * disk->prices.slow_permille / 1000;
}

static void charge_write(struct disk *disk, uint64_t size)
{
    disk->charged_ns += disk_slowed(disk, disk->prices.write_kib_ns * size / 1024);
}

/* How long a sync of so many bytes takes. */
static uint64_t draw_sync(struct disk *disk, uint64_t size)
{
    const struct disk_prices *prices = &disk->prices;
    uint64_t ns =
        disk_slowed(disk, prices->sync_ns + prices->sync_kib_ns * size / 1024) + prices->extra_ns;
    if (prices->spread_ns > 0) {
        ns += prng_below(&disk->time_prng, prices->spread_ns + 1);
    }
    if (prices->stall_permille > 0 && prng_chance(&disk->time_prng, prices->stall_permille, 1000)) {
        ns += prices->stall_ns;
    }
    return ns;
}

static void charge_sync(struct disk *disk, uint64_t size)
{
    disk->charged_ns += draw_sync(disk, size);
}

uint64_t disk_used(const struct disk *disk)
{
    return disk->file_bytes + disk->foreign_bytes;
}

uint64_t disk_space_left(const struct disk *disk)
{
    uint64_t used = disk_used(disk);
    return used >= disk->space ? 0 : disk->space - used;
}

enum file_status disk_operate(struct disk *disk, uint64_t growth, bool sync)
{
    enum file_status status = disk_operation(disk);
    if (status == FILE_OK && growth > disk_space_left(disk)) {
        status = FILE_FULL;
    }
    if (status == FILE_OK) {
        disk->foreign_bytes += growth;
        charge_write(disk, growth);
        if (sync) {
            charge_sync(disk, growth);
        }
    }
    return status;
}

/* ---- The operations ---------------------------------------------------------------------- */

static struct handle *disk_handle(struct disk *disk, int handle)
{
    TALLY_ASSERT(handle >= 0 && handle < HANDLES_MAX);
    TALLY_ASSERT(disk->handles[handle].node != NONE);
    return &disk->handles[handle];
}

static struct node *disk_handle_node(struct disk *disk, int handle)
{
    return &disk->nodes[disk_handle(disk, handle)->node];
}

static enum file_status operation_open(void *context, const char *path, enum file_mode mode,
                                       int *handle)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    int node = disk_find(disk, path);
    if (node != NONE && mode == FILE_CREATE) {
        return FILE_EXISTS;
    }
    if (node == NONE && (mode == FILE_READ || mode == FILE_WRITE)) {
        return FILE_NOT_FOUND;
    }
    if (node == NONE) {
        node = disk_node_new(disk);
        disk_name_change(disk, path, node, "");
    }
    for (int i = 0; i < HANDLES_MAX; i++) {
        if (disk->handles[i].node == NONE) {
            disk->handles[i] = (struct handle){node, mode != FILE_READ, false};
            *handle = i;
            return FILE_OK;
        }
    }
    TALLY_ASSERT(false);
    return FILE_IO;
}

static void operation_close(void *context, int handle)
{
    struct disk *disk = context;
    struct handle *open = disk_handle(disk, handle);
    if (open->locked) {
        disk->nodes[open->node].locked = false;
    }
    open->node = NONE;
}

static enum file_status operation_write(void *context, int handle, uint64_t offset,
                                        const void *data, size_t size)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    TALLY_ASSERT(disk_handle(disk, handle)->writable);
    struct node *node = disk_handle_node(disk, handle);
    TALLY_ASSERT(!node->syncing);
    size_t accepted = size;
    uint64_t before = node->file.size;
    if (status == FILE_OK) {
        uint64_t end = offset + size;
        uint64_t growth = end > before ? end - before : 0;
        if (growth > disk_space_left(disk)) {
            status = FILE_FULL;
        }
    }
    if (status != FILE_OK) {
        accepted = size == 0 ? 0 : (size_t)prng_below(&disk->damage_prng, size);
    }
    disk_file_write(&node->file, (size_t)offset, data, accepted);
    disk->file_bytes += node->unlinked ? 0 : node->file.size - before;
    charge_write(disk, accepted);
    return status;
}

static enum file_status operation_read(void *context, int handle, uint64_t offset, void *data,
                                       size_t size, size_t *read_size)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return FILE_IO; /* a read cannot lack space */
    }
    const struct disk_file *file = &disk_handle_node(disk, handle)->file;
    size_t left = offset >= file->size ? 0 : file->size - (size_t)offset;
    *read_size = size < left ? size : left;
    if (*read_size > 0) {
        memcpy(data, file->bytes + offset, *read_size);
    }
    return FILE_OK;
}

static enum file_status operation_size(void *context, int handle, uint64_t *size)
{
    struct disk *disk = context;
    if (disk_operation(disk) != FILE_OK) {
        return FILE_IO;
    }
    *size = disk_handle_node(disk, handle)->file.size;
    return FILE_OK;
}

static enum file_status operation_sync(void *context, int handle)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    struct disk_file *file = &disk_handle_node(disk, handle)->file;
    charge_sync(disk, file->unsynced);
    disk_file_sync(file);
    return FILE_OK;
}

static enum file_status operation_sync_begin(void *context, int handle)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    struct node *node = disk_handle_node(disk, handle);
    TALLY_ASSERT(!node->syncing);
    node->syncing = true;
    node->sync_begun_ns = disk->charged_ns;
    node->sync_ns = draw_sync(disk, node->file.unsynced);
    return FILE_OK;
}

/* What was done since the begin was done meanwhile. */
static enum file_status operation_sync_end(void *context, int handle)
{
    struct disk *disk = context;
    struct node *node = disk_handle_node(disk, handle);
    TALLY_ASSERT(node->syncing);
    node->syncing = false;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    uint64_t passed_ns = disk->charged_ns - node->sync_begun_ns;
    disk->charged_ns += passed_ns < node->sync_ns ? node->sync_ns - passed_ns : 0;
    disk_file_sync(&node->file);
    return FILE_OK;
}

static enum file_status operation_truncate(void *context, int handle, uint64_t size)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status == FILE_FULL ? FILE_IO : status;
    }
    struct node *node = disk_handle_node(disk, handle);
    disk->file_bytes -= node->unlinked ? 0 : node->file.size;
    disk_file_resize(&node->file, (size_t)size);
    disk->file_bytes += node->unlinked ? 0 : node->file.size;
    return FILE_OK;
}

static enum file_status operation_lock(void *context, int handle)
{
    struct disk *disk = context;
    if (disk_operation(disk) != FILE_OK) {
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

static enum file_status operation_rename(void *context, const char *from, const char *to)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    int node = disk_find(disk, from);
    if (node == NONE) {
        return FILE_NOT_FOUND;
    }
    int replaced = disk_find(disk, to);
    disk_name_change(disk, to, node, from);
    disk_node_unlink(disk, replaced == node ? NONE : replaced);
    return FILE_OK;
}

static enum file_status operation_unlink(void *context, const char *path)
{
    struct disk *disk = context;
    if (disk_operation(disk) != FILE_OK) {
        return FILE_IO;
    }
    int node = disk_find(disk, path);
    if (node == NONE) {
        return FILE_NOT_FOUND;
    }
    disk_name_change(disk, "", NONE, path);
    disk_node_unlink(disk, node);
    return FILE_OK;
}

static enum file_status operation_directory_create(void *context, const char *path)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    if (disk_find(disk, path) != NONE) {
        return FILE_EXISTS;
    }
    disk_name_change(disk, path, disk_node_new(disk), "");
    return FILE_OK;
}

static enum file_status operation_directory_sync(void *context, const char *path)
{
    struct disk *disk = context;
    enum file_status status = disk_operation(disk);
    if (status != FILE_OK) {
        return status;
    }
    size_t kept = 0;
    for (size_t i = 0; i < disk->change_count; i++) {
        const struct name_change *change = &disk->changes[i];
        const char *name = change->set[0] != '\0' ? change->set : change->cleared;
        if (path_within(name, path)) {
            names_change(&disk->durable, change);
        } else {
            disk->changes[kept++] = *change;
        }
    }
    disk->change_count = kept;
    charge_sync(disk, 0);
    return FILE_OK;
}

static enum file_status operation_directory_list(void *context, const char *path, file_visit *visit,
                                                 void *visit_context)
{
    struct disk *disk = context;
    if (disk_operation(disk) != FILE_OK) {
        return FILE_IO;
    }
    if (disk_find(disk, path) == NONE) {
        return FILE_NOT_FOUND;
    }
    for (size_t i = 0; i < disk->now.count; i++) {
        if (disk->now.names[i].node != NONE && path_within(disk->now.names[i].path, path)) {
            visit(visit_context, strrchr(disk->now.names[i].path, '/') + 1);
        }
    }
    return FILE_OK;
}

static const struct file_operations operations = {
    .open = operation_open,
    .close = operation_close,
    .write = operation_write,
    .read = operation_read,
    .size = operation_size,
    .sync = operation_sync,
    .sync_begin = operation_sync_begin,
    .sync_end = operation_sync_end,
    .truncate = operation_truncate,
    .lock = operation_lock,
    .rename = operation_rename,
    .unlink = operation_unlink,
    .directory_create = operation_directory_create,
    .directory_sync = operation_directory_sync,
    .directory_list = operation_directory_list,
};

/* ---- Life -------------------------------------------------------------------------------- */

struct disk *disk_new(uint64_t seed)
{
    struct disk *disk = calloc(1, sizeof *disk);
    TALLY_ASSERT(disk != NULL);
    disk->system.operations = &operations;
    disk->system.context = disk;
    disk->space = UINT64_MAX;
    disk->prices.slow_permille = 1000;
    prng_init(&disk->damage_prng, seed);
    prng_init(&disk->time_prng, ~seed);
    for (int i = 0; i < HANDLES_MAX; i++) {
        disk->handles[i].node = NONE;
    }
    return disk;
}

void disk_free(struct disk *disk)
{
    if (disk != NULL) {
        for (int i = 0; i < disk->node_count; i++) {
            disk_file_clear(&disk->nodes[i].file);
        }
        free(disk->nodes);
        free(disk->now.names);
        free(disk->durable.names);
        free(disk->changes);
        free(disk);
    }
}

const struct file_system *disk_system(struct disk *disk)
{
    return &disk->system;
}

void disk_plan(struct disk *disk, enum fault_kind kind, uint64_t operation)
{
    disk->plan = kind;
    disk->plan_operation = operation;
    disk->operation = 0;
    disk->met = false;
}

bool disk_met(const struct disk *disk)
{
    return disk->met;
}

bool disk_is_crashed(const struct disk *disk)
{
    return disk->crashed;
}

void disk_crash(struct disk *disk)
{
    disk->crashed = true;
}

void disk_kill(struct disk *disk)
{
    for (int i = 0; i < HANDLES_MAX; i++) {
        disk->handles[i].node = NONE;
    }
    for (int i = 0; i < disk->node_count; i++) {
        disk->nodes[i].locked = false;
        disk->nodes[i].syncing = false;
    }
    disk->crashed = false;
    disk->plan = FAULT_NONE;
}

void disk_restart(struct disk *disk)
{
    for (int i = 0; i < disk->node_count; i++) {
        if (disk->nodes[i].used) {
            disk_file_settle(&disk->nodes[i].file, &disk->damage_prng, &disk->damage);
            disk->nodes[i].unlinked = true; /* until a name is found to mean it */
        }
    }
    for (size_t i = 0; i < disk->change_count; i++) {
        if (prng_below(&disk->damage_prng, 2) == 0) {
            disk->damage.names++;
        } else {
            names_change(&disk->durable, &disk->changes[i]);
        }
    }
    disk->change_count = 0;
    names_reserve(&disk->now, disk->durable.count);
    disk->now.count = disk->durable.count;
    for (size_t i = 0; i < disk->durable.count; i++) {
        disk->now.names[i] = disk->durable.names[i];
        if (disk->now.names[i].node != NONE) {
            disk->nodes[disk->now.names[i].node].unlinked = false;
        }
    }
    disk_count_bytes(disk);
    disk_kill(disk);
}

const struct disk_damage *disk_damage(const struct disk *disk)
{
    return &disk->damage;
}

void disk_space(struct disk *disk, uint64_t bytes)
{
    disk->space = bytes;
}

struct disk_prices *disk_prices(struct disk *disk)
{
    return &disk->prices;
}

uint64_t disk_elapsed_ns(struct disk *disk)
{
    uint64_t elapsed_ns = disk->charged_ns - disk->read_ns;
    disk->read_ns = disk->charged_ns;
    return elapsed_ns;
}

/* ---- What a test does to files ----------------------------------------------------------- */

static struct disk_file *disk_file_at(struct disk *disk, const char *path)
{
    int node = disk_find(disk, path);
    TALLY_ASSERT(node != NONE);
    return &disk->nodes[node].file;
}

uint64_t disk_size(struct disk *disk, const char *path)
{
    int node = disk_find(disk, path);
    return node == NONE ? UINT64_MAX : disk->nodes[node].file.size;
}

void disk_rot(struct disk *disk, const char *path, uint64_t offset, uint8_t bits)
{
    struct disk_file *file = disk_file_at(disk, path);
    TALLY_ASSERT(offset < file->size);
    file->bytes[offset] ^= bits;
    disk_file_sync(file);
}

bool disk_rot_within(struct disk *disk, const char *directory, uint64_t draw)
{
    uint64_t total = 0;
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct name *name = &disk->now.names[i];
        bool inside = name->node != NONE && path_within(name->path, directory);
        total += inside ? disk->nodes[name->node].file.size : 0;
    }
    if (total == 0) {
        return false;
    }
    uint64_t left = draw % total;
    for (size_t i = 0; i < disk->now.count; i++) {
        const struct name *name = &disk->now.names[i];
        if (name->node == NONE || !path_within(name->path, directory)) {
            continue;
        }
        uint64_t size = disk->nodes[name->node].file.size;
        if (left < size) {
            disk_rot(disk, name->path, left, (uint8_t)(1u << (draw / total % 8)));
            break;
        }
        left -= size;
    }
    return true;
}

void disk_cut(struct disk *disk, const char *path, uint64_t size)
{
    struct disk_file *file = disk_file_at(disk, path);
    disk_file_resize(file, (size_t)size);
    disk_file_sync(file);
    disk_count_bytes(disk);
}

uint8_t *disk_take(struct disk *disk, const char *path, size_t *size)
{
    const struct disk_file *file = disk_file_at(disk, path);
    uint8_t *copy = malloc(file->size + 1);
    TALLY_ASSERT(copy != NULL);
    *size = file->size;
    if (*size > 0) {
        memcpy(copy, file->bytes, *size);
    }
    return copy;
}

void disk_put(struct disk *disk, const char *path, const void *data, size_t size)
{
    int node = disk_node_new(disk);
    disk_file_write(&disk->nodes[node].file, 0, data, size);
    disk_file_sync(&disk->nodes[node].file);
    names_set(&disk->now, path, node);
    names_set(&disk->durable, path, node);
    disk_count_bytes(disk);
}
