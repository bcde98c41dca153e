"""Some worlds tell trouble in words of their own, which the readers do not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictor.events import Cause, Outcome
from tests.training.simulator.test_engine import WORLD, fault
from training.simulator import Trace, play
from training.simulator.draw import draw_world
from training.simulator.observe import observe
from training.simulator.wording import WORLDS, draw, shapes, told, unknown, words
from training.simulator.world import Acts, Logged

STRANGE = ("relay parked this leg (case {n})",)


def broken(share: float, cause: Cause = Cause.TCP_REFUSED) -> Trace:
    logged = Logged(strange=STRANGE, strange_share=share)
    return play(replace(WORLD, faults=(fault(Acts.CUT, cause),), logged=logged))


def test_a_share_of_worlds_has_words_of_its_own() -> None:
    """Every world others: what is learnt is that they are new, and not what they say."""
    drawn = [draw(seed)[0] for seed in range(300)]
    said = [words for world in drawn for words in world]

    assert 0.7 * WORLDS < np.mean([bool(world) for world in drawn]) < 1.3 * WORLDS
    assert len(set(said)) > 0.95 * len(said)


def test_no_family_knows_the_words() -> None:
    """Neither in the go command's output nor in a proxy's error log."""
    assert all(unknown(words) for seed in range(40) for words in draw(seed)[0])


@pytest.mark.parametrize("known", ["connection refused", "unexpected EOF", "dial tcp 10.0.0.9:443: i/o timeout"])
def test_known_words_are_no_wording(known: str) -> None:
    """They would teach that what is known is new."""
    assert not unknown(known)


@pytest.mark.parametrize(("share", "low", "high"), [(0.0, 0.0, 0.0), (0.5, 0.3, 0.7), (1.0, 1.0, 1.0)])
def test_about_the_share_of_failures_is_told_in_them(share: float, low: float, high: float) -> None:
    """The same ones whenever it is asked."""
    trace = broken(share)
    bad = np.flatnonzero(trace.fetch("cause") > 0)
    chosen = told(trace, bad)

    assert low <= np.mean(chosen > 0) <= high
    assert [bool(words(trace, int(row))) for row in bad[:40]] == (chosen[:40] > 0).tolist()


def test_a_checksum_error_speaks_for_itself() -> None:
    """So does an authoritative answer."""
    trace = broken(1.0, Cause.CHECKSUM_MISMATCH)

    assert not told(trace, np.arange(len(trace.fetches))).any()


def test_the_events_show_the_shape_and_how_new_it_is() -> None:
    """The first is new, the hundredth is not."""
    shown = observe(broken(1.0))
    odd = shown.take(shown.template > 0)

    assert set(odd.text("template")) == set(shapes(STRANGE, client=True))
    assert (odd.outcome == Outcome.FAILED).all()
    assert odd.novelty.tolist() == pytest.approx([1 / (1 + n) for n in range(len(odd))])


def test_drawn_worlds_carry_their_words() -> None:
    """By their seed."""
    assert draw_world(7).logged.strange == draw(7)[0]
