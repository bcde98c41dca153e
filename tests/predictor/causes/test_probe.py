"""That a parent path is no module is the normal answer in the log of a module server."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose

LIST = "2021/03/04 10:00:01 mod list {path}@latest: go list -m: {path}@latest: {said}"
RECORD = 'level=error msg="go list -m {path}@latest: {said}" http-method=GET http-path=/{path}/@v/list kind="Not Found"'
UNKNOWN = 'unrecognized import path "{path}": parse https://{path}?go-get=1: no go-import meta tags ()'
DOWN = 'Get "https://{path}?go-get=1": dial tcp: lookup {path}: no such host'


@pytest.mark.parametrize("record", [LIST, RECORD])
@pytest.mark.parametrize("path", ["github.com", "github.com/northwind", "golang.org/x", "vanity.example"])
def test_records_of_parent_paths_are_no_finding(record: str, path: str) -> None:
    """A host alone is no module, nor is an owner's page."""
    assert diagnose(record.format(path=path, said=UNKNOWN.format(path=path))) == []


@pytest.mark.parametrize("path", ["github.com/northwind/retry", "vanity.example/lib"])
def test_a_record_of_a_path_that_may_be_a_module_is_one(path: str) -> None:
    """Nothing says that it was only a parent."""
    assert [one.cause for one in diagnose(LIST.format(path=path, said=UNKNOWN.format(path=path)))] == ["vanity_import"]


def test_an_outage_while_a_parent_is_asked_for_is_one() -> None:
    """The server could not reach the host, whatever it asked for."""
    found = diagnose(LIST.format(path="vanity.example", said=DOWN.format(path="vanity.example")))

    assert [one.outage for one in found] == [True]


def test_the_same_words_from_a_go_command_are_a_finding() -> None:
    """Somebody asked for just this path."""
    assert [one.cause for one in diagnose("go: github.com@latest: " + UNKNOWN.format(path="github.com"))] == [
        "vanity_import"
    ]
