#include <sodium.h>
#include <string.h>

#include "crypto/sign.h"
#include "crypto/sign_many.h"

STATUS_DEFINE(sign_check, SIGN_CHECK_LIST)

/* A signature in hexadecimal, and what is wrong with a library that accepts it. */
struct sign_vector {
    enum sign_check accepted; /* SIGN_CHECK_OK: this one must be accepted */
    const char *message;
    const char *public_key;
    const char *signature; /* R, then S */
};

/*
 * Made by tests/unit/crypto/make_sign_vectors.py. Each invalid one satisfies the cofactorless
 * equation or the cofactored one, so that only the clause it is named after rejects it.
 */
static const struct sign_vector vectors[] = {
    {SIGN_CHECK_OK, "tally", "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "3a55c4ea0a332fee1b52ebe84726f35069ff79eec75eae9979ff326f2fcfd229"
     "7843c0ebd7e485a51245fe12f4164107d6f8eb1031fc2c884aaa48bf3d922607"},
    {SIGN_CHECK_OK, "", "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "9ca53579530654d5c3df77089ef45eda613e2fedf670e96bedac4639504e5845"
     "ef4b95d5793077233dd16817b2532e9c5525872a73a4ad74b759369a9e05c102"},
    {SIGN_CHECK_FORGED_ACCEPTED, "tallz",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "3a55c4ea0a332fee1b52ebe84726f35069ff79eec75eae9979ff326f2fcfd229"
     "7843c0ebd7e485a51245fe12f4164107d6f8eb1031fc2c884aaa48bf3d922607"},
    {SIGN_CHECK_COFACTORED, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "4caf03d4c30cb67e61cd39835d13e01e5f91c938cf70f1c1513eda6a5794aa7f"
     "d07fceb28c27598036ea1421fda50f1c40efb8ef98899ab22f77289063500c0e"},
    {SIGN_CHECK_COFACTORED, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "fe18fa244624d2fca0ffe2cdff5d101d777944780f0ac37dc51b9bf4a70b7701"
     "9fb4273557f570cb3d1f6806d99fc79736e536bac238afb426d18f9bc80aa70e"},
    {SIGN_CHECK_COFACTORED, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "545a121338a4597c5dded446374d721de4e3437f18ec6dc7a75b59861bc971ed"
     "ff741ccd7ad648446f70090672cc2aef262c3e007afbbd2059c06ccbbd070b09"},
    {SIGN_CHECK_SMALL_KEY, "tally 0",
     "0100000000000000000000000000000000000000000000000000000000000000",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_SMALL_KEY, "tally 0",
     "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_SMALL_KEY, "tally 0",
     "0000000000000000000000000000000000000000000000000000000000000080",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_SMALL_KEY, "tally 5",
     "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_SMALL_R, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "0100000000000000000000000000000000000000000000000000000000000000"
     "348d893fa1cb82cc98e4f03db8d23dc46a5f56dd53a5cf31c818b36ee8a1c00c"},
    {SIGN_CHECK_NONCANONICAL_R, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
     "bcca5b4c80db720a5df752d1810b88ef295e93d83c9954774b2dae6f1077770a"},
    {SIGN_CHECK_NONCANONICAL_R, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "0100000000000000000000000000000000000000000000000000000000000080"
     "b86eb510810be607bb2a2cf95cfedd0734e44f3b2cf70739afccb4cf2c737b01"},
    {SIGN_CHECK_NONCANONICAL_S, "tally",
     "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
     "3a55c4ea0a332fee1b52ebe84726f35069ff79eec75eae9979ff326f2fcfd229"
     "6517b648f24798fde8e1f5b5d210201cd6f8eb1031fc2c884aaa48bf3d922617"},
    {SIGN_CHECK_NONCANONICAL_KEY, "tally 0",
     "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_NONCANONICAL_KEY, "tally 0",
     "0100000000000000000000000000000000000000000000000000000000000080",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
    {SIGN_CHECK_NONCANONICAL_KEY, "tally 2",
     "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
     "a150fc2b3cf349819e32c67ca2ec1fe1a06e36c7308f0e3eaec12595a86b5580"
     "1d7a3e25d3ece58ff929633ce52d24bbc3d15a5059ab3624dc18340ebb60ca06"},
};

static void hex_decode(const char *hex, uint8_t *out, size_t size)
{
    size_t decoded = 0;
    int result = sodium_hex2bin(out, size, hex, strlen(hex), NULL, &decoded, NULL);
    TALLY_ASSERT(result == 0);
    TALLY_ASSERT(decoded == size);
}

enum {
    VECTORS = sizeof(vectors) / sizeof(vectors[0]),
};

/* What the answer to a vector says of who gave it. */
static enum sign_check judge(const struct sign_vector *vector, bool valid)
{
    if (vector->accepted == SIGN_CHECK_OK) {
        return valid ? SIGN_CHECK_OK : SIGN_CHECK_HONEST_REFUSED;
    }
    return valid ? vector->accepted : SIGN_CHECK_OK;
}

static void vector_decode(const struct sign_vector *vector, struct public_key *public_key,
                          struct signature *signature)
{
    hex_decode(vector->public_key, public_key->bytes, sizeof(public_key->bytes));
    hex_decode(vector->signature, signature->bytes, sizeof(signature->bytes));
}

enum sign_check sign_check_verifier(sign_verify_function *verify)
{
    enum sign_check out = SIGN_CHECK_OK;
    for (size_t i = 0; i < VECTORS && out == SIGN_CHECK_OK; i++) {
        const struct sign_vector *vector = &vectors[i];
        struct public_key public_key;
        struct signature signature;
        vector_decode(vector, &public_key, &signature);
        out = judge(vector,
                    verify(&public_key, vector->message, strlen(vector->message), &signature));
    }
    return out;
}

enum sign_check sign_check_many(sign_verify_many_function *verify)
{
    struct public_key public_keys[VECTORS];
    struct signature signatures[VECTORS];
    struct sign_item items[VECTORS];
    enum sign_check out = SIGN_CHECK_OK;
    for (size_t i = 0; i < VECTORS; i++) {
        vector_decode(&vectors[i], &public_keys[i], &signatures[i]);
        items[i] = (struct sign_item){.public_key = &public_keys[i],
                                      .message = vectors[i].message,
                                      .size = strlen(vectors[i].message),
                                      .signature = &signatures[i],
                                      .valid = vectors[i].accepted != SIGN_CHECK_OK};
    }
    verify(items, VECTORS);
    for (size_t i = 0; i < VECTORS && out == SIGN_CHECK_OK; i++) {
        out = judge(&vectors[i], items[i].valid);
    }
    return out;
}

enum sign_check sign_self_check(void)
{
    return sign_check_verifier(sign_verify);
}

static void verify_ifma(struct sign_item *items, size_t count)
{
    sign_verify_many_by(SIGN_WAY_IFMA, items, count);
}

/* One by one they were judged before. In a group that is not full the lanes judge just the same. */
bool sign_many_check(void)
{
    return !sign_way_supported(SIGN_WAY_IFMA) || sign_check_many(verify_ifma) == SIGN_CHECK_OK;
}
