/* The check that what is held is what was issued. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/amount.h"
#include "cli/decimal.h"
#include "cli/failure.h"
#include "cli/listing.h"
#include "cli/verb.h"
#include "ledger/register/key.h"

#define COLUMNS(array) array, sizeof(array) / sizeof(array)[0]

static const struct table_column conservation_columns[] = {
    {"asset", TABLE_LEFT},           {"issued", TABLE_NUMBER},  {"held", TABLE_NUMBER},
    {"counterweight", TABLE_NUMBER}, {"holders", TABLE_NUMBER}, {"balanced", TABLE_LEFT}};

/* Column numbers of the lists this check adds up. */
enum {
    POSITION_ASSET = 2,
    POSITION_FIRST = 3,
    POSITION_LAST = 8,
    ASSET_CODE = 0,
    ASSET_ISSUED = 4,
    ASSET_DECIMALS = 3
};

struct balance {
    int64_t held;
    int64_t counterweight;
    unsigned holders;
    bool good;
};

/* Adds up all positions of one asset: what holders have, and the issuer's negative counterweight.
 * */
static struct balance balance_of(const struct table *positions, const char *asset,
                                 unsigned decimals)
{
    struct balance balance = {.good = true};

    for (size_t row = 0; row < table_row_count(positions); row++) {
        int64_t sum = 0;
        if (strcmp(table_cell(positions, row, POSITION_ASSET), asset) != 0) {
            continue;
        }
        for (unsigned column = POSITION_FIRST; column <= POSITION_LAST; column++) {
            int64_t value = 0;
            balance.good =
                balance.good &&
                decimal_parse(table_cell(positions, row, column), decimals, &value) == DECIMAL_OK &&
                amount_add(sum, value, &sum);
        }
        if (sum < 0) {
            balance.good =
                balance.good && amount_add(balance.counterweight, sum, &balance.counterweight);
        } else {
            balance.good = balance.good && amount_add(balance.held, sum, &balance.held);
            balance.holders += sum > 0 ? 1u : 0u;
        }
    }
    return balance;
}

static bool asset_balance_show(const struct table *assets, size_t row,
                               const struct table *positions, struct table *out)
{
    const char *code = table_cell(assets, row, ASSET_CODE);
    unsigned decimals = (unsigned)strtoul(table_cell(assets, row, ASSET_DECIMALS), NULL, 10);
    struct balance balance = balance_of(positions, code, decimals);
    char held[DECIMAL_TEXT_SIZE], counterweight[DECIMAL_TEXT_SIZE], holders[16];
    int64_t issued = 0;
    bool good =
        balance.good &&
        decimal_parse(table_cell(assets, row, ASSET_ISSUED), decimals, &issued) == DECIMAL_OK &&
        issued == balance.held && balance.counterweight == -issued;
    const char *cells[] = {code,    table_cell(assets, row, ASSET_ISSUED),
                           held,    counterweight,
                           holders, good ? "yes" : "NO"};

    decimal_format(balance.held, decimals, held);
    decimal_format(balance.counterweight, decimals, counterweight);
    (void)snprintf(holders, sizeof holders, "%u", balance.holders);
    table_row(out, cells);
    return good;
}

/* A key that the genesis names without the right to read all is shown a part, and a part does not
 * balance. Of a key that was registered later nothing is known here. */
static enum exit_code reading_check(struct cli *cli)
{
    struct public_key own;
    enum exit_code code = cli_genesis_load(cli);

    if (code == EXIT_DONE) {
        code = cli_unlock(cli);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    sign_key_public(cli->signing, &own);
    for (uint16_t i = 0; i < cli->genesis->key_count; i++) {
        const struct genesis_key *key = &cli->genesis->keys[i];
        if (memcmp(key->signing.bytes, own.bytes, sizeof own.bytes) == 0 &&
            (key->rights & KEY_READ_ALL) == 0) {
            return failure(EXIT_KEY, cli->party.bic, "use a key of an auditor or of the operator",
                           "its key may not read all positions");
        }
    }
    return EXIT_DONE;
}

/* Issued, held and counterweight of every asset, added up here from all positions. */
enum exit_code verb_conservation(struct cli *cli)
{
    const struct list_filter everything = {{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}};
    struct table *assets = NULL, *positions = NULL, *out;
    bool good = true;
    enum exit_code code = reading_check(cli);

    if (code == EXIT_DONE) {
        code = listing_take(cli, &asset_listing, &everything, LISTING_ROWS_MAX, &assets);
    }
    if (code == EXIT_DONE) {
        code = listing_take(cli, &position_listing, &everything, LISTING_ROWS_MAX, &positions);
    }
    if (code != EXIT_DONE) {
        table_free(assets);
        return code;
    }
    out = table_new("conservation", COLUMNS(conservation_columns));
    for (size_t row = 0; row < table_row_count(assets); row++) {
        good = asset_balance_show(assets, row, positions, out) && good;
    }
    cli_show(cli, out);
    table_free(assets);
    table_free(positions);
    return good ? EXIT_DONE
                : failure(EXIT_UNBALANCED, NULL, "ask an auditor's node; tell the operator",
                          "what is held is not what was issued (or this key may not see all)");
}
