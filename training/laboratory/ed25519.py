"""Ed25519 signatures by RFC 8032 section 5.1, as short as they go: slow, not constant-time, for laboratory keys only.

The laboratory signs one tree head per recording with a key that guards nothing, so a dependency would cost more.
"""

from __future__ import annotations

import hashlib

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
BASE_Y = 4 * pow(5, -1, P) % P

Point = tuple[int, int, int, int]  # extended homogeneous coordinates


def _square_root(value: int) -> int:
    root = pow(value, (P + 3) // 8, P)
    return root if (root * root - value) % P == 0 else root * pow(2, (P - 1) // 4, P) % P


def _base() -> Point:
    x = _square_root((BASE_Y * BASE_Y - 1) * pow(D * BASE_Y * BASE_Y + 1, -1, P))
    x = x if x % 2 == 0 else P - x
    return x, BASE_Y, 1, x * BASE_Y % P


def _add(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(factor: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            found = _add(found, point)
        point = _add(point, point)
        factor >>= 1
    return found


def _pack(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _expand(secret: bytes) -> tuple[int, bytes]:
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _number(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % Q


def public_key(secret: bytes) -> bytes:
    """The 32-byte public key of a 32-byte secret."""
    return _pack(_times(_expand(secret)[0], _base()))


def sign(secret: bytes, message: bytes) -> bytes:
    """The 64-byte signature of ``message``."""
    scalar, prefix = _expand(secret)
    public = public_key(secret)
    once = _number(prefix + message)
    point = _pack(_times(once, _base()))
    return point + ((once + _number(point + public + message) * scalar) % Q).to_bytes(32, "little")
