/*
 * Goal: whatever keys, signatures and messages stand side by side, each is judged among many, and
 * by a key known beforehand, as sign_verify() judges it alone. Four bytes make an item: one of a
 * pool of odd signatures, a place in it and what is turned there; or, after a 255, 96 bytes are
 * taken as key and signature.
 */
#include <string.h>

#include "base/assert.h"
#include "crypto/sign_known.h"
#include "crypto/sign_many.h"
#include "crypto/start.h"
#include "tests/support/crypto/odd_signature.h"

enum {
    ITEMS_MAX = 11,
    POOL = 4 * ODD_KIND_COUNT,
    RAW_SIZE = SIGN_PUBLIC_KEY_SIZE + SIGN_SIGNATURE_SIZE,
};

static struct odd_signature pool[POOL];

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    struct prng prng;
    (void)argument_count;
    (void)arguments;
    TALLY_ASSERT(crypto_start() == CRYPTO_START_OK);
    prng_init(&prng, 1);
    for (uint32_t i = 0; i < POOL; i++) {
        odd_signature_draw(&prng, (enum odd_kind)(i % ODD_KIND_COUNT), &pool[i]);
    }
    return 0;
}

/* Reads an item and returns what is left of the data. */
static size_t item_read(const uint8_t *data, size_t size, struct odd_signature *out)
{
    uint8_t *parts[] = {out->public_key.bytes, out->signature.bytes, out->signature.bytes + 32};
    *out = pool[data[0] % POOL];
    if (data[3] == 0xff && size >= 4 + RAW_SIZE) {
        memcpy(out->public_key.bytes, data + 4, SIGN_PUBLIC_KEY_SIZE);
        memcpy(out->signature.bytes, data + 4 + SIGN_PUBLIC_KEY_SIZE, SIGN_SIGNATURE_SIZE);
        return size - 4 - RAW_SIZE;
    }
    if (data[1] < 96) {
        parts[data[1] / 32][data[1] % 32] ^= data[2];
    } else if (out->size > 0) {
        out->message[data[1] % out->size] ^= data[2];
    }
    return size - 4;
}

/* As the item should be judged, and is if its key is known. */
static bool judge(const struct sign_item *item)
{
    static struct sign_known known;
    bool valid = sign_verify(item->public_key, item->message, item->size, item->signature);
    if (sign_known_prepare(item->public_key, &known)) {
        TALLY_ASSERT(valid ==
                     sign_known_verify(&known, item->message, item->size, item->signature));
    }
    return valid;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct odd_signature odd[ITEMS_MAX];
    struct sign_item items[ITEMS_MAX];
    size_t count = 0;
    size_t left = size;
    while (left >= 4 && count < ITEMS_MAX) {
        left = item_read(data + size - left, left, &odd[count]);
        items[count] = (struct sign_item){.public_key = &odd[count].public_key,
                                          .message = odd[count].message,
                                          .size = odd[count].size,
                                          .signature = &odd[count].signature};
        count++;
    }
    sign_verify_many(items, count);
    for (size_t i = 0; i < count; i++) {
        TALLY_ASSERT(items[i].valid == judge(&items[i]));
    }
    return 0;
}
