"""The table of unknown shapes: similar messages share a template, the table is bounded and kept whole."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.errors import InputError
from predictor.events import EventBatch
from predictor.stores.memory import MemoryStore
from predictor.templates import COPIES, COPY_EVERY_S, Copies, Miner, masked, read_table, shape, write_table

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
    ("text", "expected"),
    [
        ("go: github.com/a/b@v1.2.3: odd", "go: <module>: odd"),
        ('Get "https://p.example/x": odd', 'Get <text>: odd'),
        ("from 10.0.0.1:443 after 12ms", "from <address> after <n>"),
        ("open /root/go/pkg/mod/x: odd", "open <path>: odd"),
        ("sum h1:AAAABBBBCCCC= odd", "sum <hash> odd"),
        ("", "<empty>"),
    ],
)  # fmt: skip
def test_what_varies_is_masked(text: str, expected: str) -> None:
    """Masks keep the table small."""
    assert " ".join(masked(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "go: the relay parked it (case 7)",
        "go: example.com/a@v1.0.0: the relay parked it (case 8)",
        "main.go:3:2: example.com/a@v1.2.0: the relay parked it (case 9)",
    ],
)
def test_a_message_has_one_shape_wherever_it_is_told(text: str) -> None:
    """A trace names no module, an error does."""
    assert shape(text) == "the relay parked it (case <n>)"


@given(st.text(max_size=60))
def test_a_shape_is_never_empty(text: str) -> None:
    """The empty string stands for a message that is known."""
    assert shape(text)


def batch(*templates: str) -> EventBatch:
    """One event a minute; "" is a message that is known."""
    strings = ("", *dict.fromkeys(filter(None, templates)))
    codes = [strings.index(template) for template in templates]
    return EventBatch.of(len(codes), strings, time=[60.0 * i for i in range(len(codes))], template=codes)


def test_novelty_is_one_at_first_and_falls_with_the_count() -> None:
    """What is known has none."""
    rated = Miner().rated(batch("odd one", "", "odd one", "strange two", "odd one"))

    assert rated.novelty.tolist() == pytest.approx([1.0, 0.0, 0.5, 1.0, 1 / 3])


@given(st.lists(st.sampled_from(["", "odd one", "strange two", "odd three"]), max_size=30), st.integers(0, 30))
def test_novelty_is_the_same_in_any_pieces_and_knows_no_future(templates: list[str], cut: int) -> None:
    """The second of two batches continues the first."""
    miner, events = Miner(), batch(*templates)
    first = miner.rated(events.take(np.arange(len(events)) < cut)).novelty.tolist()
    second = miner.rated(events.take(np.arange(len(events)) >= cut)).novelty.tolist()

    assert first + second == Miner().rated(events).novelty.tolist()


def test_a_restart_takes_up_the_copy_from_before_the_logs_that_it_reads_again() -> None:
    """With a newer one it would count their messages twice."""
    store, hours = MemoryStore(), [COPY_EVERY_S * (10 + number) for number in range(5)]
    before = Miner()
    copies = Copies(before, store)
    for number, now in enumerate(hours):
        copies.pass_time(now)
        before.add(f"message {'abcde'[number]} of the hour", now)

    after = Miner()
    Copies(after, store).pass_time(hours[3] + 1)

    assert [template.count for template in after.by_count()] == [3]


def test_no_copy_from_before_means_an_empty_table() -> None:
    """And the number of copies is bounded."""
    store, after = MemoryStore(), Miner()
    copies = Copies(Miner(), store)
    for number in range(100, 100 + 5 * COPIES):
        copies.pass_time(number * COPY_EVERY_S)

    Copies(after, store).pass_time(float("nan"))
    Copies(after, store).pass_time(90 * COPY_EVERY_S)

    assert len(after) == 0
    assert sum(store.get("templates", str(number)) is not None for number in range(5 * COPIES)) == COPIES


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
