#!/usr/bin/env python3
"""Writes crypto/sign_base.c: the multiples of Ed25519's base point (RFC 8032, section 5.1).

    tests/unit/crypto/make_sign_base.py > crypto/sign_base.c

Plain affine arithmetic from make_sign_vectors.py; test_sign_lanes.c compares the table with
libsodium's multiples.
"""
import make_sign_vectors as curve

HEAD = """/* The multiples of the base point; written by tests/unit/crypto/make_sign_base.py. */
#include "crypto/sign_lanes.h"

/* clang-format off */
const uint64_t sign_base[SIGN_BASE_MULTIPLES + 1][SIGN_BASE_WORDS]
    __attribute__((aligned(64))) = {"""


def limbs(n):
    return "".join("0x%013x, " % (n >> 51 * i & (1 << 51) - 1) for i in range(5)).rstrip()


point = curve.IDENTITY
print(HEAD)
for multiple in range(129):
    x, y = point
    print("    {%s\n     %s\n     %s 0}," % (
        limbs((y + x) % curve.P), limbs((y - x) % curve.P),
        limbs(2 * curve.D * x * y % curve.P)))
    point = curve.add(point, curve.B)
print("};\n/* clang-format on */")
