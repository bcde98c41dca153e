"""The tables of families: whole, consistent, and each with an example that it reads itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictor.causes import diagnose_message
from predictor.causes.catalogue import page
from predictor.causes.family import Family, families, sure_words
from predictor.events import Cause, Outcome
from tests.predictor.causes.derive import words_of

REMEDIES = {
    "none", "switch_mirror", "retry", "fix_gomod", "fix_version", "set_goprivate", "fix_dns", "fix_credentials",
    "fix_ca", "use_local_cache", "fix_sumdb", "free_disk",
}  # fmt: skip
CLASSES = {"outage", "throttling", "auth", "user", "config", "integrity", "local"}
HOSTS = {"url", "upstream", "sumdb", "lookup", "dial", "git", "vanity", "httpproxy", "none"}
PHASES = {"auto", "resolve", "list", "info", "mod", "zip", "sumdb", "vcs", "toolchain", "other"}
EACH = pytest.mark.parametrize("family", families(), ids=lambda family: family.id)


def test_all_rows_of_the_reference_table_have_a_family() -> None:
    """The 94 rows of measured message families are all covered."""
    rows = {row for family in families() for row in family.rows}

    assert rows == set(range(1, 95))


def test_families_have_names_of_their_own() -> None:
    """An id names one family."""
    ids = [family.id for family in families()]

    assert len(ids) == len(set(ids)) >= 94


@EACH
def test_an_example_is_read_by_its_own_family(family: Family) -> None:
    """Precedence gives every example to the family that it stands for."""
    found = diagnose_message(family.example)

    assert found is not None
    assert (found.family, found.cause, found.outcome) == (family.id, family.cause, family.outcome)


@EACH
def test_values_are_of_the_vocabulary(family: Family) -> None:
    """Cause, outcome, class, host rule, phase and remedy are words that the rest of the program knows."""
    assert family.cause.upper() in Cause.__members__
    assert family.outcome.upper() in Outcome.__members__
    assert family.klass in CLASSES
    assert family.host in HOSTS
    assert family.phase in PHASES
    assert family.remedy in REMEDIES
    assert 0.0 < family.confidence <= 1.0


@EACH
def test_words_are_what_the_shape_requires(family: Family) -> None:
    """The column ``words`` is derived from the shape; write it anew with tests/predictor/causes/derive.py."""
    assert sorted(family.words) == words_of(family.match)


@pytest.mark.parametrize("family", [one for one in families() if one.sure], ids=lambda family: family.id)
def test_a_sure_family_is_found_by_the_words_of_all(family: Family) -> None:
    """The short list that spares most messages a search leaves out no sure family."""
    assert family.words
    assert all(any(word in mine for word in sure_words()) for mine in family.words)


def test_the_page_of_families_is_up_to_date() -> None:
    """docs/causes.md is what the tables give."""
    written = Path(__file__).resolve().parents[3] / "docs" / "causes.md"

    assert written.read_text("utf-8") == page()
