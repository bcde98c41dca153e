"""Module zips and hashes are what the go command computes."""

from __future__ import annotations

import io
import zipfile

import pytest

from training.laboratory.modules import build, escape, gomod_text, h1, pack


def test_h1_of_a_go_mod_is_the_one_in_public_go_sums() -> None:
    """rsc.io/quote v1.5.2 has been in go.sum files since 2018."""
    gomod = b'module "rsc.io/quote"\n\nrequire "rsc.io/sampler" v1.3.0\n'

    assert h1({"go.mod": gomod}) == "h1:LzX7hefJvL54yjefDEDHNONDjII0t9xZLPXsUe+TKr0="


def test_h1_does_not_depend_on_the_order_of_files() -> None:
    """Files are sorted by name before they are hashed."""
    assert h1({"a": b"1", "b": b"2"}) == h1({"b": b"2", "a": b"1"})


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("github.com/Azure/sdk", "github.com/!azure/sdk"),
        ("v1.0.0-RC1", "v1.0.0-!r!c1"),
        ("gopkg.in/y.v2", "gopkg.in/y.v2"),
    ],
)
def test_upper_case_is_escaped(plain: str, escaped: str) -> None:
    """Proxies may lie on file systems without case."""
    assert escape(plain) == escaped


def test_every_name_in_a_zip_begins_with_module_and_version() -> None:
    """The go command refuses other names."""
    module = build("example.com/m", "v1.0.0", "2026-01-01T00:00:00Z", {}, (), "text")

    with zipfile.ZipFile(io.BytesIO(module.zip)) as archive:
        names = archive.namelist()

    assert names
    assert all(name.startswith("example.com/m@v1.0.0/") for name in names)


def test_the_same_files_give_the_same_zip() -> None:
    """Dates and order do not leak into the bytes."""
    assert pack({"a": b"1", "b": b"2"}) == pack({"b": b"2", "a": b"1"})


def test_indirect_requirements_are_marked() -> None:
    """A pruned graph lists them in a block of their own."""
    text = gomod_text("m", {"a.b/c": "v1.0.0", "d.e/f": "v0.1.0"}, ("a.b/c",)).decode()

    assert "\ta.b/c v1.0.0\n" in text
    assert "\td.e/f v0.1.0 // indirect\n" in text
