"""The checksum database is one that the real go command trusts, and that it uses to refuse what was changed."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from training.laboratory.ed25519 import public_key, sign
from training.laboratory.jobs import go_environment
from training.laboratory.modules import escape
from training.laboratory.real_parts import LaboratoryError, find_tools
from training.laboratory.sumdb import root, tiles, verifier_key, write_sumdb
from training.laboratory.universe import generate, write_project, write_proxy

EMPTY_SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")


def test_ed25519_agrees_with_rfc_8032() -> None:
    """Section 7.1, test 1: the empty message."""
    assert public_key(EMPTY_SECRET).hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert sign(EMPTY_SECRET, b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e0652249015")


def test_the_root_of_three_leaves_is_left_heavy() -> None:
    """RFC 6962: the left subtree is the largest power of two."""
    one, two, three = (hashlib.sha256(bytes([n])).digest() for n in range(3))
    pair = hashlib.sha256(b"\x01" + one + two).digest()

    assert root([one, two, three]) == hashlib.sha256(b"\x01" + pair + three).digest()


def test_tiles_hold_every_leaf_and_the_roots_of_full_tiles() -> None:
    """600 leaves: two full tiles, a partial one, and one of two hashes above."""
    leaves = [hashlib.sha256(b"%d" % n).digest() for n in range(600)]
    found = tiles(leaves)

    assert set(found) == {"tile/8/0/000", "tile/8/0/001", "tile/8/0/002.p/88", "tile/8/1/000.p/2"}
    assert found["tile/8/1/000.p/2"] == root(leaves[:256]) + root(leaves[256:512])
    assert b"".join(found[name] for name in sorted(found) if "/0/0" in name) == b"".join(leaves)


@pytest.mark.real("go")
@pytest.mark.parametrize(("tampered", "code"), [(False, 0), (True, 1)])
def test_real_go_asks_it_where_go_sum_is_missing(tmp_path: Path, tampered: bool, code: int) -> None:
    """Signature, tree and records are right; a changed .mod is a security error."""
    try:
        go = find_tools().go
    except LaboratoryError as error:
        pytest.skip(str(error))
    universe = generate(5, modules=90, projects=1, sizes=(6, 12))
    write_proxy(universe, tmp_path / "proxy")
    write_sumdb(universe, tmp_path / "proxy")
    write_project(universe, universe.projects[0], tmp_path / "project")
    (tmp_path / "project" / "go.sum").unlink()
    if tampered:
        path, version = next(iter(universe.projects[0].selected.items()))
        with (tmp_path / "proxy" / escape(path) / "@v" / f"{escape(version)}.mod").open("ab") as file:
            file.write(b"\n// changed\n")
    environment = go_environment(go, tmp_path, f"file://{tmp_path}/proxy", tmp_path / "mod")
    assert environment["GOSUMDB"] == verifier_key()

    argv = [str(go), "mod", "download"]
    done = subprocess.run(argv, cwd=tmp_path / "project", env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, "SECURITY ERROR" in done.stderr) == (code, tampered), done.stderr
