#!/usr/bin/env python3
"""Computes the signature vectors of crypto/sign_check.c from the definition of Ed25519 (RFC 8032).

Plain affine arithmetic, no library, so that the vectors do not depend on what they are to judge.
Run it to see the rows of the table; they never change.
"""
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def mul(n, p):
    out = (0, 1)
    while n:
        if n & 1:
            out = add(out, p)
        p = add(p, p)
        n >>= 1
    return out


def recover_x(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - xx) % P == 0
    return P - x if x % 2 != sign else x


def encode(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def le(n):
    return n.to_bytes(32, "little")


B = (recover_x(4 * pow(5, P - 2, P) % P, 0), 4 * pow(5, P - 2, P) % P)
IDENTITY, ORDER_2 = (0, 1), (0, P - 1)


def torsion_8():
    """A point of order 8: clear the large factor from the first curve point that has one."""
    y = 2
    while True:
        y += 1
        try:
            t = mul(L, (recover_x(y, 0), y))
        except AssertionError:
            continue
        if mul(4, t) != IDENTITY:
            return t


T8 = torsion_8()
SEED = bytes(range(32))
DIGEST = hashlib.sha512(SEED).digest()
SCALAR = int.from_bytes(DIGEST[:32], "little") & (2**254 - 8) | 2**254
KEY = encode(mul(SCALAR, B))
NONCE = int.from_bytes(hashlib.sha512(b"vector nonce").digest(), "little") % L


def challenge(r, a, message):
    return int.from_bytes(hashlib.sha512(r + a + message).digest(), "little") % L


def honest(message):
    nonce = int.from_bytes(hashlib.sha512(DIGEST[32:] + message).digest(), "little") % L
    r = encode(mul(nonce, B))
    return KEY, message, r, le((nonce + challenge(r, KEY, message) * SCALAR) % L)


def shifted(torsion, message):
    r = encode(add(mul(NONCE, B), torsion))
    return KEY, message, r, le((NONCE + challenge(r, KEY, message) * SCALAR) % L)


def with_key(key, order):
    """A signature that satisfies the equation because [k]A vanishes; k is found by trying messages."""
    r = encode(mul(NONCE, B))
    number = 0
    while challenge(r, key, message := b"tally %d" % number) % order:
        number += 1
    return key, message, r, le(NONCE)


def with_r(r, message):
    return KEY, message, r, le(challenge(r, KEY, message) * SCALAR % L)


def rows():
    message = b"tally"
    key, _, r, s = honest(message)
    yield "OK", (key, message, r, s)
    yield "OK", honest(b"")
    yield "FORGED_ACCEPTED", (key, b"tallz", r, s)
    yield "COFACTORED", shifted(ORDER_2, message)
    yield "COFACTORED", shifted(mul(2, T8), message)
    yield "COFACTORED", shifted(T8, message)
    for order, point in ((1, IDENTITY), (2, ORDER_2), (4, mul(2, T8)), (8, T8)):
        yield "SMALL_KEY", with_key(encode(point), order)
    yield "SMALL_R", with_r(encode(IDENTITY), message)
    yield "NONCANONICAL_R", with_r(le(P + 1), message)
    yield "NONCANONICAL_R", with_r(le(1 | 1 << 255), message)
    yield "NONCANONICAL_S", (key, message, r, le(int.from_bytes(s, "little") + L))
    yield "NONCANONICAL_KEY", with_key(le(P + 1), 1)
    yield "NONCANONICAL_KEY", with_key(le(1 | 1 << 255), 1)
    yield "NONCANONICAL_KEY", with_key(le(P), 4)


if __name__ == "__main__":
    for check, (a, m, r, s) in rows():
        print('    {SIGN_CHECK_%s, "%s",\n     "%s",\n     "%s"\n     "%s"},' % (check, m.decode(), a.hex(), r.hex(), s.hex()))
