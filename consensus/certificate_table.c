#include "consensus/certificate_table.h"

#include <string.h>

#include "base/assert.h"

void certificate_table_init(struct certificate_table *table, uint32_t capacity,
                            uint16_t validator_count, struct arena *arena)
{
    TALLY_ASSERT(capacity >= 1);
    table->capacity = capacity;
    table->validator_count = validator_count;
    table->size = certificate_size(validator_count);
    table->rows = ARENA_TAKE(arena, struct certificate_row, capacity);
    table->bytes = ARENA_TAKE_UNSET(arena, uint8_t, table->size * 2 * capacity);
    table->final_bytes = ARENA_TAKE(arena, uint8_t, table->size);
    table->final_view = 0;
    table->final_hash = (struct hash){{0}};
    table->final_held = false;
}

bool certificate_table_fits(const struct certificate_table *table, uint64_t view)
{
    return view > table->final_view && view - table->final_view <= table->capacity;
}

struct certificate_row *certificate_table_row(const struct certificate_table *table, uint64_t view)
{
    if (!certificate_table_fits(table, view)) {
        return NULL;
    }
    struct certificate_row *row = &table->rows[view % table->capacity];
    return row->view == view ? row : NULL;
}

bool certificate_table_holds(const struct certificate_table *table, enum certificate_kind kind,
                             uint64_t view)
{
    return certificate_table_bytes(table, kind, view) != NULL;
}

static uint8_t *row_bytes(const struct certificate_table *table, uint64_t view,
                          enum certificate_kind kind)
{
    const size_t index = (size_t)(view % table->capacity) * 2;
    return table->bytes + (index + (kind == CERTIFICATE_NULLIFICATION ? 1 : 0)) * table->size;
}

static void encode(const struct certificate_table *table, const struct certificate *certificate,
                   uint8_t *out)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, out, table->size);
    certificate_write(&writer, table->validator_count, certificate);
    TALLY_ASSERT(bytes_writer_ok(&writer));
    TALLY_ASSERT(writer.size == table->size);
}

void certificate_table_put(struct certificate_table *table, const struct certificate *certificate)
{
    TALLY_ASSERT(certificate->kind != CERTIFICATE_FINALIZATION);
    TALLY_ASSERT(certificate_table_fits(table, certificate->view));
    TALLY_ASSERT(!certificate_table_holds(table, certificate->kind, certificate->view));
    struct certificate_row *row = &table->rows[certificate->view % table->capacity];
    if (row->view != certificate->view) {
        *row = (struct certificate_row){.view = certificate->view};
    }
    if (certificate->kind == CERTIFICATE_NOTARIZATION) {
        row->notarized = true;
        row->notarized_hash = certificate->hash;
    } else {
        row->nullified = true;
    }
    encode(table, certificate, row_bytes(table, certificate->view, certificate->kind));
}

void certificate_table_put_final(struct certificate_table *table,
                                 const struct certificate *certificate)
{
    TALLY_ASSERT(certificate->kind == CERTIFICATE_FINALIZATION);
    TALLY_ASSERT(certificate->view > table->final_view || !table->final_held);
    table->final_view = certificate->view;
    table->final_hash = certificate->hash;
    table->final_held = true;
    encode(table, certificate, table->final_bytes);
}

const uint8_t *certificate_table_bytes(const struct certificate_table *table,
                                       enum certificate_kind kind, uint64_t view)
{
    if (kind == CERTIFICATE_FINALIZATION) {
        return table->final_held && table->final_view == view ? table->final_bytes : NULL;
    }
    const struct certificate_row *row = certificate_table_row(table, view);
    if (row == NULL || !(kind == CERTIFICATE_NOTARIZATION ? row->notarized : row->nullified)) {
        return NULL;
    }
    return row_bytes(table, view, kind);
}

uint64_t certificate_table_gap(const struct certificate_table *table, uint64_t limit)
{
    uint64_t view = table->final_view + 1;
    while (view < limit && certificate_table_row(table, view) != NULL) {
        view++;
    }
    return view < limit ? view : limit;
}
