"""The files of a world, read back by the real readers, are the events that the world says it shows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from predictor.events import Cause, EventBatch, Kind, Outcome
from predictor.protocols import Source
from predictor.reading import read_file
from tests.training.simulator.test_engine import WORLD as QUEUE
from tests.training.simulator.test_engine import fault
from training.dataset.logs import read_events, read_told
from training.simulator import Trace, play
from training.simulator.draw import draw_world
from training.simulator.observe import observe
from training.simulator.truth import ALL, episodes
from training.simulator.world import Acts, Logged
from training.simulator.write import write_world

WORLD = 3  # dns_flaky with outages, behind no proxy
PROXIED = 2001  # errors_cut behind a proxy


def small(seed: int, **logged: object) -> Trace:
    world = draw_world(seed)
    kept = {"latency_scale": 1.0, "lost": 0.0, "one_name": True, "signs": False, "latency": True, "cache": True}
    return play(replace(world, logged=Logged(**{**kept, **logged})))  # type: ignore[arg-type]


def rows(batch: EventBatch, kind: Kind, *names: str) -> list[tuple[object, ...]]:
    chosen = batch.take(batch.kind == kind)
    columns = [
        chosen.text(name) if name in ("upstream", "vantage") else getattr(chosen, name).tolist() for name in names
    ]
    return sorted(zip(*columns, strict=True))


@pytest.mark.parametrize("combined", [False, True])
def test_the_access_log_reads_back_as_the_events_of_the_proxy(tmp_path: Path, combined: bool) -> None:
    trace = small(PROXIED, jobs=False)
    (path,) = write_world(trace, tmp_path, combined=combined)

    read = EventBatch.concat(list(read_file(path, Source(upstream=trace.world.upstream.name))))

    shown = observe(trace)
    names = ("op", "outcome", "cause", "status", "bytes", "cache", "upstream")
    assert rows(read, Kind.FETCH, *names) == rows(shown, Kind.FETCH, *names)
    resolution = 1.0 if combined else 0.001
    np.testing.assert_allclose(np.sort(read.time), np.sort(shown.time), atol=resolution)
    np.testing.assert_allclose(np.sort(read.latency_s), np.sort(shown.latency_s), atol=1e-9)


def test_ci_logs_read_back_as_the_fetches_of_the_jobs(tmp_path: Path) -> None:
    trace = small(WORLD, proxy=False, trace=1.0)
    write_world(trace, tmp_path)

    read, shown = read_events(tmp_path), observe(trace)

    good = [batch.take((batch.kind == Kind.FETCH) & (batch.outcome == Outcome.OK)) for batch in (read, shown)]
    assert len(good[0]) == len(good[1])
    np.testing.assert_allclose(np.sort(good[0].time), np.sort(good[1].time), atol=1e-3)


def test_ci_logs_read_back_as_the_jobs_with_their_outcome(tmp_path: Path) -> None:
    trace = small(WORLD, proxy=False, trace=1.0)
    write_world(trace, tmp_path)

    read, shown = read_events(tmp_path), observe(trace)

    broken = [(batch.outcome[batch.kind == Kind.JOB] >= Outcome.FAILED).sum() for batch in (read, shown)]
    assert (read.kind == Kind.JOB).sum() == (shown.kind == Kind.JOB).sum()
    assert broken[0] == broken[1]


def test_truth_on_disk_is_the_truth_of_the_world(tmp_path: Path) -> None:
    trace = small(WORLD)
    write_world(trace, tmp_path)

    told = read_told(tmp_path)

    assert told.world == trace.world.label == "simulation-wide"
    assert [event.start for event in told.events] == [episode.start for episode in episodes(trace)[ALL]]


def test_a_log_gap_leaves_no_line_behind(tmp_path: Path) -> None:
    trace = next(
        trace
        for trace in (small(seed, jobs=False) for seed in range(40))
        if trace.world.proxy is not None and any(fault.kind == "log_gap" for fault in trace.world.faults)
    )
    (path,) = write_world(trace, tmp_path)

    times = [float(json.loads(line)["msec"]) for line in path.read_text().splitlines()]

    assert len(times) == len(observe(trace)) < len(trace.fetches)


def test_words_that_nobody_knows_read_back_with_the_novelty_that_the_world_shows(tmp_path: Path) -> None:
    strange = ("relay parked this leg (case {n})", "hub lost track of the object")
    logged = Logged(proxy=False, strange=strange, strange_share=0.7)
    trace = play(replace(QUEUE, faults=(fault(Acts.CUT, Cause.TCP_REFUSED),), logged=logged))
    write_world(trace, tmp_path)

    read, shown = read_events(tmp_path), observe(trace)

    told = [sorted(batch.novelty[batch.template > 0].tolist()) for batch in (read, shown)]
    assert set(filter(None, shown.text("template"))) == set(filter(None, read.text("template")))
    assert len(told[0]) > 10
    assert told[0] == told[1]
