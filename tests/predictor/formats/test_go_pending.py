"""What is pending is what a slow list of downloads would have, however many were begun before."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.events import Op
from predictor.formats import go_pending
from predictor.formats.go_pending import Download, Pending

_STEPS = st.lists(
    st.tuples(st.sampled_from(["start", "take", "due"]), st.integers(0, 9), st.integers(0, 40)), max_size=60
)


@given(steps=_STEPS)
@settings(max_examples=200, deadline=None)
def test_columns_say_what_one_object_for_each_would_say(steps: list[tuple[str, int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(go_pending, "_LEAST", 3)
        pending, slow, clock = Pending(), dict[str, Download](), 0.0
        for line, (step, number, seconds) in enumerate(steps):
            named, clock = f"a.b/m{number} v1.0.0", clock + seconds
            if step == "start" and named not in slow:
                pending.start([named], Op.ZIP, clock, clock, [line])
                slow[named] = Download(named, Op.ZIP, clock, clock, line)
            elif step == "take":
                assert pending.take(named) == slow.pop(named, None)
            elif step == "due":
                due = pending.due(clock, 30.0, 5)
                old = [name for name, entry in slow.items() if clock - entry.clock >= 30.0]
                assert due == (old if len(slow) - len(old) <= 5 else list(slow)[: len(slow) - 5])

        names, ops, times, lines = pending.everything()

    assert list(zip(names, ops.tolist(), times.tolist(), lines.tolist(), strict=True)) == [
        (entry.named, entry.op, entry.time, entry.line) for entry in slow.values()
    ]


def test_without_stamps_too_many_are_all_due() -> None:
    pending, nan = Pending(), float("nan")
    pending.start(["a v1", "b v1", "c v1"], Op.ZIP, nan, nan, [1, 2, 3])

    assert pending.due(nan, 30.0, 2) == ["a v1", "b v1", "c v1"]
    assert pending.take("b v1") is not None
    assert list(pending) == ["a v1", "c v1"]


def test_a_download_says_what_it_loads() -> None:
    assert Download("a.b/c v1.2.3", Op.ZIP, 0.0, 0.0, 1).asked == (Op.ZIP, "a.b/c", "v1.2.3")
