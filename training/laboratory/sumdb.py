"""A checksum database as static files: the go command verifies signature, tree and records of it for real.

Tree head, records and tiles by golang.org/x/mod/sumdb/{note,tlog} (RFC 6962 hashes, tiles of height 8). The tree never
grows, so that one signature and a few tiles are all there is; a proxy serves them below ``/sumdb/<name>/``.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

from training.laboratory.ed25519 import public_key, sign
from training.laboratory.modules import ModuleVersion, escape
from training.laboratory.universe import Universe

NAME = "sum.fernway.dev"
SECRET = hashlib.sha256(b"a laboratory key that guards nothing").digest()
TILE_WIDTH = 256
ALGORITHM = b"\x01"  # Ed25519, in note keys


def verifier_key() -> str:
    """The value of GOSUMDB: ``<name>+<hash>+<key>``."""
    key = ALGORITHM + public_key(SECRET)
    return f"{NAME}+{key_hash(key).hex()}+{base64.b64encode(key).decode()}"


def key_hash(key: bytes) -> bytes:
    """The four bytes by which a note names its key."""
    return hashlib.sha256(f"{NAME}\n".encode() + key).digest()[:4]


def leaf(record: bytes) -> bytes:
    """The hash of one record (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + record).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """The hash of a tree with these leaves (RFC 6962 section 2.1); there must be one at least."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(hashes[:half]) + root(hashes[half:])).digest()


def record_text(module: ModuleVersion) -> bytes:
    """What the database says of a version: its two go.sum lines."""
    lines = (
        f"{module.path} {module.version} {module.sum_zip}\n{module.path} {module.version}/go.mod {module.sum_gomod}\n"
    )
    return lines.encode()


def tree_note(leaves: Sequence[bytes]) -> bytes:
    """The signed tree head."""
    text = f"go.sum database tree\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"
    signature = key_hash(ALGORITHM + public_key(SECRET)) + sign(SECRET, text.encode())
    return f"{text}\n\u2014 {NAME} {base64.b64encode(signature).decode()}\n".encode()


def tiles(leaves: Sequence[bytes]) -> dict[str, bytes]:
    """Path below the database -> hashes, for every tile that a client of this tree asks for (up to 1000 a level)."""
    found: dict[str, bytes] = {}
    hashes, level = list(leaves), 0
    while hashes:
        for number, start in enumerate(range(0, len(hashes), TILE_WIDTH)):
            part = hashes[start : start + TILE_WIDTH]
            partial = "" if len(part) == TILE_WIDTH else f".p/{len(part)}"
            found[f"tile/8/{level}/{number:03d}{partial}"] = b"".join(part)
        whole = len(hashes) // TILE_WIDTH * TILE_WIDTH
        hashes = [root(hashes[start : start + TILE_WIDTH]) for start in range(0, whole, TILE_WIDTH)]
        level += 1
    return found


def write_sumdb(universe: Universe, proxy: Path) -> None:
    """Write the database of all versions of ``universe`` below ``proxy``/sumdb/<name>."""
    records = [record_text(module) for module in universe.versions.values()]
    leaves = [leaf(record) for record in records]
    note = tree_note(leaves)
    files = {"supported": b"", "latest": note, **tiles(leaves)}
    for number, (module, record) in enumerate(zip(universe.versions.values(), records, strict=True)):
        files[f"lookup/{escape(module.path)}@{escape(module.version)}"] = b"%d\n%b\n%b" % (number, record, note)
    for name, data in files.items():
        target = proxy / "sumdb" / NAME / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
