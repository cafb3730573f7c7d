"""Pictures of the sample newspaper: small seascapes drawn from a name, as PNG; nothing else in the paper draws."""

from __future__ import annotations

import hashlib
import struct
import zlib

WIDTH, HEIGHT = 640, 360
_HORIZON = 210
_SUN_RADIUS = 34

Colour = tuple[int, int, int]


def seascape(name: str) -> bytes:
    """Return a PNG (truecolour, 8 bits; PNG specification §11) of sky, sun and sea; colours and sun follow *name*."""
    seed = hashlib.sha256(name.encode()).digest()
    rows = b"".join(b"\0" + _row(y, seed) for y in range(HEIGHT))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _row(y: int, seed: bytes) -> bytes:
    sky: Colour = (150 + seed[0] % 80, 170 + seed[1] % 60, 205 + seed[2] % 50)
    sea: Colour = (20 + seed[3] % 50, 70 + seed[4] % 60, 110 + seed[5] % 60)
    if y >= _HORIZON:
        return bytes(_shaded(sea, 1.25 - 0.6 * (y - _HORIZON) / (HEIGHT - _HORIZON))) * WIDTH
    half = int(max(0, _SUN_RADIUS**2 - (y - 60 - seed[6] % 90) ** 2) ** 0.5)
    left = 80 + seed[7] * 480 // 255 - half
    background = bytes(_shaded(sky, 0.8 + 0.25 * y / _HORIZON))
    return background * left + b"\xff\xf0\xc8" * (2 * half) + background * (WIDTH - left - 2 * half)


def _shaded(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
