"""Jobs go through go's own phases; the proxy keeps, retries and serves stale; the same seed gives the same run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from predictor.events import Cache, Cause, Op
from training.simulator import Trace, play
from training.simulator.draw import draw_world
from training.simulator.world import Acts, Fault, Pool, Proxy, Upstream, World

POOL = Pool("default", 0.2, 2, 600.0, (np.arange(6),), 0.0, 0.0, 0.0, 0.0)
SPEC = Upstream("origin", slots=50, service_s=1.0, spread=0.0, backlog=10_000, noise=0.0, wander=0.0)
PLAIN = Proxy(ttl=0.0, slots=64, backlog=1000, timeout=30.0, tries=1, stale=False, hit_s=0.001)
WORLD = World("w", 3, 0.0, 7200.0, (POOL,), SPEC, None)


def fault(acts: Acts, cause: Cause, strength: float = 1.0, since: float = 3600.0) -> Fault:
    return Fault("test", acts, since, strength, (np.arange(WORLD.ticks) * 10 >= since).astype(float), cause)


def of_job(trace: Trace, number: int, name: str) -> np.ndarray:
    return trace.fetch(name)[trace.fetch("job") == number]


def test_the_same_seed_gives_the_same_run() -> None:
    first, second = play(draw_world(5)), play(draw_world(5))

    np.testing.assert_array_equal(first.fetches, second.fetches)
    np.testing.assert_array_equal(first.jobs, second.jobs)


def test_another_seed_gives_another_world() -> None:
    assert draw_world(5).upstream != draw_world(6).upstream


def test_mods_and_zips_are_parallel_and_infos_serial() -> None:
    trace = play(WORLD)

    ops, starts = of_job(trace, 0, "op"), of_job(trace, 0, "start")
    rounds = {op: len(np.unique(starts[ops == op].round(6))) for op in (Op.MOD, Op.INFO, Op.ZIP)}
    assert rounds == {Op.MOD: 3, Op.INFO: 6, Op.ZIP: 3}


def test_a_job_asks_for_all_mods_before_it_reports_an_error() -> None:
    trace = play(replace(WORLD, faults=(fault(Acts.CUT, Cause.HTTP_5XX, since=0.0),)))

    assert (of_job(trace, 0, "op") == Op.MOD).all()
    assert len(of_job(trace, 0, "op")) == 6


def test_without_a_proxy_a_hang_lasts_until_ci_kills_the_job() -> None:
    trace = play(replace(WORLD, faults=(fault(Acts.CUT, Cause.PROXY_HANG, since=0.0),)))

    assert trace.job("hung").all()
    assert (trace.job("end") - trace.job("start")) == pytest.approx(600.0)


def test_a_proxy_turns_a_hang_into_a_timeout() -> None:
    trace = play(replace(WORLD, proxy=PLAIN, faults=(fault(Acts.CUT, Cause.PROXY_HANG, since=0.0),)))

    assert (of_job(trace, 0, "end") - of_job(trace, 0, "start")).min() == pytest.approx(30.0)
    assert not trace.job("hung").any()


def test_a_fresh_entry_is_served_without_the_upstream() -> None:
    trace = play(replace(WORLD, proxy=replace(PLAIN, ttl=1e6)))

    late = trace.fetch("start") > 3600
    assert (trace.fetch("cache")[late] == Cache.HIT).all()


def test_a_stale_entry_hides_an_upstream_that_fails() -> None:
    cut = fault(Acts.CUT, Cause.HTTP_5XX)
    world = replace(WORLD, faults=(cut,), proxy=replace(PLAIN, ttl=300.0, stale=True))

    trace = play(world)

    assert (trace.fetch("cache") == Cache.STALE).any()
    assert not trace.job("cause").any()


def test_retries_hide_small_shares_and_come_back_as_load() -> None:
    share = fault(Acts.SHARE, Cause.HTTP_5XX, 0.1, since=0.0)
    broken = [
        play(replace(WORLD, faults=(share,), proxy=replace(PLAIN, tries=tries))).job("cause").astype(bool).mean()
        for tries in (1, 2)
    ]

    assert broken[1] < broken[0] / 2


def test_a_full_disk_breaks_misses_only() -> None:
    full = fault(Acts.DISK, Cause.DISK)
    trace = play(replace(WORLD, faults=(full,), proxy=replace(PLAIN, ttl=1e6)))

    assert not trace.job("cause").any()


def test_every_fetch_ends_after_it_starts_and_before_its_deadline() -> None:
    trace = play(draw_world(11))

    assert (trace.fetch("end") >= trace.fetch("start")).all()
    assert (trace.job("end") - trace.job("start") <= max(p.deadline for p in trace.world.pools) + 1e-6).all()
