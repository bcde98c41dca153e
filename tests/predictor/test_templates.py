"""The table of unknown shapes: similar messages share a template, the table is bounded and kept whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.errors import InputError
from predictor.templates import Miner, masked, read_table, write_table

KNOWN = "go: {}@v1.{}.0: flux capacitor drained after {} s"


def test_messages_of_one_shape_share_a_template() -> None:
    """Modules, versions and numbers vary; the shape does not."""
    miner = Miner()

    seen = [miner.add(KNOWN.format(f"example.com/m{n}", n, n * 7)) for n in range(20)]

    assert [one.new for one in seen] == [True] + [False] * 19
    assert [template.count for template in miner.by_count()] == [20]


def test_words_that_differ_become_wild() -> None:
    """As in Drain, a token that differs between two messages of a template is a parameter."""
    miner = Miner()
    miner.add("go: flux capacitor drained in Berlin today")
    miner.add("go: flux capacitor drained in Paris today")

    assert miner.by_count()[0].shape == "go: flux capacitor drained in <*> today"


def test_other_shapes_are_new() -> None:
    """Novelty is what the model is told."""
    miner = Miner()
    miner.add("go: flux capacitor drained")

    assert miner.add("go: warp core breach imminent now").new


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("go: github.com/a/b@v1.2.3: odd", "go: <module>: odd"),
        ('Get "https://p.example/x": odd', 'Get <text>: odd'),
        ("from 10.0.0.1:443 after 12ms", "from <address> after <n>"),
        ("open /root/go/pkg/mod/x: odd", "open <path>: odd"),
        ("sum h1:AAAABBBBCCCC= odd", "sum <hash> odd"),
        ("", "<empty>"),
    ],
)  # fmt: skip
def test_what_varies_is_masked(text: str, shape: str) -> None:
    """Masks keep the table small."""
    assert " ".join(masked(text)) == shape


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="abcdef ", min_size=1, max_size=40), max_size=60))
def test_the_table_is_bounded_and_counts_agree(texts: list[str]) -> None:
    """However many shapes come, no more than the limit are kept, and a dump gives the same table."""
    miner = Miner(limit=8)
    for time, text in enumerate(texts):
        miner.add(text, float(time))
    other = Miner(limit=8)
    other.load(json.loads(json.dumps(miner.dump())))

    assert len(miner) <= 8
    assert other.dump() == miner.dump()


def test_the_least_seen_goes_first() -> None:
    """What is frequent stays, what was seen once and long ago goes."""
    miner = Miner(limit=2)
    for text, time in [("alpha beta", 1.0), ("gamma delta", 2.0), ("alpha beta", 3.0), ("new one here", 4.0)]:
        miner.add(text, time)

    assert [template.shape for template in miner.by_count()] == ["alpha beta", "new one here"]


def test_a_table_comes_back_from_its_file(tmp_path: Path) -> None:
    """The state is our own JSON; a file that is not there is an empty table."""
    path = tmp_path / "templates.json"
    empty = read_table(path)
    empty.add("go: flux capacitor drained")
    write_table(path, empty)

    assert read_table(path).dump() == empty.dump()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "next": 1, "templates": [{}]}', '{"format": 9}'])
def test_a_damaged_table_is_a_clear_error(tmp_path: Path, content: str) -> None:
    """It is not silently begun anew."""
    path = tmp_path / "templates.json"
    path.write_text(content)

    with pytest.raises(InputError, match="template"):
        read_table(path)
