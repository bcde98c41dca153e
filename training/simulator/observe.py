"""What the logs of a world show of it, as the events that the readers would give.

Two views, each as blind as the real one: the proxy's access log sees statuses and times and takes a cut body for a
good one; the runners' ``go -x`` output sees errors and when jobs end, and nothing of the upstream behind the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from predictor.events import Cache, Cause, EventBatch, Kind, Op, Outcome
from predictor.templates import Miner
from training.simulator.engine import Trace
from training.simulator.wording import SEEN_AS, shapes, told
from training.simulator.world import Acts

Ints = npt.NDArray[np.int64]

PROXY_HOST = "goproxy.internal:8080"
#: the upstream answered 404 for what is there; kept apart from a user's 404 until it is observed
LOST = Cause.VERSION_UNKNOWN
_SIZE = {Op.ZIP: 60_000.0, Op.MOD: 900.0, Op.INFO: 60.0, Op.LIST: 400.0, Op.SUMDB: 700.0, Op.VCS: 300_000.0}
_CUT = (Cause.TRUNCATED_BODY,)
_PASSED_ON = (
    Cause.NONE,
    Cause.HTTP_429,
    Cause.TRUNCATED_BODY,
    Cause.CHECKSUM_MISMATCH,
    Cause.HTTP_403_401_AUTH,
    Cause.HTTP_404_410_MISSING,
)
_SAID_200 = (Cause.NONE, Cause.TRUNCATED_BODY, Cause.CHECKSUM_MISMATCH)
_SIGNED = (Cause.TCP_REFUSED, Cause.TCP_RESET, Cause.DNS, Cause.TLS, Cause.PROXY_HANG, Cause.TRUNCATED_BODY, Cause.DISK)


def observe(trace: Trace) -> EventBatch:
    """All events that the kept logs of the world show, in order of time (UTC seconds)."""
    logged = trace.world.logged
    parts = [*(_proxy_view(trace) if logged.proxy else ()), *(_job_view(trace) if logged.jobs else ())]
    batch = EventBatch.concat(parts)
    batch = batch.take(np.argsort(batch.time, kind="stable"))
    return Miner().rated(batch.take(_arrives(trace, batch)))


def statuses(cause: Ints, missing: npt.NDArray[np.bool_], killed: npt.NDArray[np.bool_]) -> Ints:
    """HTTP status that the proxy logs for each fetch, by what happened behind it; (n,) in, (n,) out."""
    table = np.full(64, 502, dtype=np.int64)
    for fine in _SAID_200:
        table[fine] = 200
    table[[Cause.HTTP_5XX, Cause.PROXY_HANG, Cause.HTTP_429]] = (503, 504, 429)
    table[[Cause.HTTP_403_401_AUTH, LOST]] = (403, 404)
    return np.where(killed, 499, np.where(missing, 404, table[cause]))


def _arrives(trace: Trace, batch: EventBatch) -> npt.NDArray[np.bool_]:
    """Lines that reach us: outside log gaps, and not among those lost on the way."""
    kept = ~trace.world.acting(Acts.GAP, batch.time - trace.world.epoch)
    if trace.world.logged.lost > 0:
        kept &= np.random.default_rng([trace.world.seed, 7]).random(len(batch)) >= trace.world.logged.lost
    return kept


def _proxy_view(trace: Trace) -> Iterator[EventBatch]:
    world, logged = trace.world, trace.world.logged
    rng = np.random.default_rng([world.seed, 1])
    cause = trace.fetch("cause").astype(np.int64)
    killed = trace.fetch("killed") > 0
    op = trace.fetch("op").astype(np.int64)
    missing = cause == Cause.HTTP_404_410_MISSING
    latency = (trace.fetch("end") - trace.fetch("start")) * logged.latency_scale
    status = statuses(cause, missing, killed)
    said = np.isin(cause, _SAID_200) & ~killed
    full = world.acting(Acts.DISK, trace.fetch("end"))
    size = np.where(said, sizes(op, rng), 150)
    size = np.where(np.isin(cause, _CUT) & said, np.where(full, 0, size // 3), size)
    outcome, seen = _judge(status, latency, size)
    strings = ("", "default", world.upstream.name)
    yield EventBatch.of(
        len(op),
        strings,
        time=world.epoch + trace.fetch("end"),
        kind=Kind.FETCH,
        vantage=1,
        upstream=2,
        op=op,
        outcome=outcome,
        cause=seen,
        status=status,
        latency_s=np.round(latency, 3) if logged.latency else np.nan,
        bytes=size,
        cache=trace.fetch("cache") if logged.cache else Cache.NONE,
        tries=trace.fetch("tries").clip(1, 127) if logged.cache else 1,
        line=np.arange(1, len(op) + 1),
    )
    if logged.signs:
        yield _signs(trace, cause, killed, strings)


def _signs(trace: Trace, cause: Ints, killed: npt.NDArray[np.bool_], strings: tuple[str, ...]) -> EventBatch:
    """The proxy's error log: one line for each request that broke at the upstream's side in one try."""
    first = trace.fetch("first").astype(np.int64)
    said = np.where(np.isin(cause, _SIGNED), cause, np.where(np.isin(first, _SIGNED), first, int(Cause.NONE)))
    rows = np.flatnonzero((said > 0) & ~killed & (trace.fetch("cache") != Cache.HIT))
    full = trace.world.acting(Acts.DISK, trace.fetch("end"))[rows]
    strange = np.where(full, 0, told(trace, rows))
    return EventBatch.of(
        len(rows),
        (*strings, *shapes(trace.world.logged.strange, client=False)),
        time=trace.world.epoch + np.floor(trace.fetch("end")[rows]),
        kind=Kind.SIGN,
        vantage=1,
        upstream=2,
        outcome=Outcome.FAILED,
        cause=np.where(strange > 0, Cause.NONE, np.where(full, Cause.DISK, said[rows])),
        template=np.where(strange > 0, len(strings) - 1 + strange, 0),
    )


def sizes(op: Ints, rng: np.random.Generator) -> Ints:
    """Body bytes of good answers: log-normal around the size that the operation usually has."""
    median = np.array([_SIZE.get(Op(code), 500.0) for code in range(max(Op) + 1)])
    drawn = np.maximum(1, median[op] * np.exp(0.9 * rng.standard_normal(len(op))))
    return np.asarray(drawn, dtype=np.int64)


def _judge(status: Ints, latency: npt.NDArray[np.float64], size: Ints) -> tuple[Ints, Ints]:
    """Outcome and cause that a reader of the access log concludes from status, duration and size."""
    rules = [
        (status == 499) & (latency >= 5.0),
        status == 499,
        status == 404,
        status == 403,
        status == 429,
        (status == 504) & (latency >= 1.0),
        status >= 500,
        (status == 200) & (size == 0),
    ]
    verdicts = [
        (Outcome.HUNG, Cause.PROXY_HANG),
        (Outcome.USER_ERROR, Cause.NONE),
        (Outcome.MISSING, Cause.HTTP_404_410_MISSING),
        (Outcome.FAILED, Cause.HTTP_403_401_AUTH),
        (Outcome.FAILED, Cause.HTTP_429),
        (Outcome.FAILED, Cause.PROXY_HANG),
        (Outcome.FAILED, Cause.HTTP_5XX),
        (Outcome.FAILED, Cause.TRUNCATED_BODY),
    ]
    outcome = np.select(rules, [int(verdict[0]) for verdict in verdicts], int(Outcome.OK))
    return outcome, np.select(rules, [int(verdict[1]) for verdict in verdicts], int(Cause.NONE))


def client_cause(cause: Ints, proxied: bool) -> Ints:
    """Cause as the go command's message says it: behind a proxy most trouble arrives as a status."""
    seen = np.where(cause == LOST, int(Cause.HTTP_404_410_MISSING), cause)
    if not proxied:
        return seen
    return np.where(np.isin(seen, _PASSED_ON), seen, int(Cause.HTTP_5XX))


def _job_view(trace: Trace) -> Iterator[EventBatch]:
    world, logged = trace.world, trace.world.logged
    proxied = world.proxy is not None
    shared = logged.one_name or not proxied
    names = tuple(pool.name for pool in world.pools)
    strings = ("", world.upstream.name if shared else PROXY_HOST, *names)
    numbers = tuple(f"job-{int(number)}" for number in trace.job("job"))
    offset = len(strings)
    place = np.empty(len(numbers), dtype=np.int64)
    place[trace.job("job").astype(np.int64)] = np.arange(len(numbers))
    strings += numbers
    yield _job_fetches(trace, strings, offset + place, proxied)
    cause = trace.job("cause").astype(np.int64)
    hung, own = trace.job("hung") > 0, trace.job("own") > 0
    lost = cause == LOST
    seen = client_cause(cause, proxied)
    seen = np.where(_strangely(trace)[trace.job("job").astype(np.int64)], int(SEEN_AS), seen)
    outcome = np.select(
        [hung, lost, cause > 0, own],
        [int(Outcome.HUNG), int(Outcome.MISSING), int(Outcome.FAILED), int(Outcome.USER_ERROR)],
        int(Outcome.OK),
    )
    fetched = trace.job("fetches") > 0
    jobs = EventBatch.of(
        len(cause),
        strings,
        time=world.epoch + trace.job("end"),
        kind=Kind.JOB,
        vantage=2 + trace.job("pool").astype(np.int64),
        upstream=1,
        outcome=outcome,
        cause=np.where(hung, int(Cause.PROXY_HANG), seen),
        latency_s=trace.job("end") - trace.job("start"),
        job=offset + place[trace.job("job").astype(np.int64)],
    )
    yield jobs.take(fetched)


def _strangely(trace: Trace) -> npt.NDArray[np.bool_]:
    """Whether each job, by its number, failed for an error that it tells in words that no family knows."""
    bad = np.flatnonzero((trace.fetch("cause") > 0) & (trace.fetch("cause") != Cause.HTTP_404_410_MISSING))
    jobs, first = np.unique(trace.fetch("job")[bad].astype(np.int64), return_index=True)
    strange = np.zeros(len(trace.jobs), dtype=bool)
    strange[jobs] = told(trace, bad[first]) > 0
    return strange


def _job_fetches(trace: Trace, strings: tuple[str, ...], job_code: Ints, proxied: bool) -> EventBatch:
    """Fetches as ``go -x`` prints them; without -x only errors and the zips that are announced, without times."""
    world, logged = trace.world, trace.world.logged
    cause = client_cause(trace.fetch("cause").astype(np.int64), proxied)
    killed = trace.fetch("killed") > 0
    op = trace.fetch("op").astype(np.int64)
    strange = told(trace, np.arange(len(cause)))
    cause = np.where(strange > 0, int(SEEN_AS), cause)
    missing = cause == Cause.HTTP_404_410_MISSING
    latency = np.round((trace.fetch("end") - trace.fetch("start")) * logged.latency_scale, 3)
    answered = (cause == Cause.NONE) | missing | np.isin(cause, (Cause.HTTP_5XX, Cause.HTTP_429))
    outcome = np.select(
        [killed, missing, cause > 0],
        [int(Outcome.HUNG), int(Outcome.MISSING), int(Outcome.FAILED)],
        int(Outcome.OK),
    )
    rng = np.random.default_rng([world.seed, 3])
    traced = (rng.random(len(trace.jobs)) < logged.trace)[trace.fetch("job").astype(np.int64)]
    announced = (rng.random(len(trace.jobs)) < logged.announced)[trace.fetch("job").astype(np.int64)]
    times = answered & ~killed & traced
    batch = EventBatch.of(
        len(op),
        (*strings, *shapes(logged.strange, client=True)),
        time=world.epoch + trace.fetch("end"),
        kind=Kind.FETCH,
        vantage=2 + trace.fetch("pool").astype(np.int64),
        upstream=1,
        op=op,
        outcome=outcome,
        cause=np.where(killed, int(Cause.PROXY_HANG), cause),
        status=np.where(times, np.where(cause == Cause.NONE, 200, np.where(missing, 404, 503)), 0),
        latency_s=np.where(times, latency, np.nan),
        job=job_code[trace.fetch("job").astype(np.int64)],
        line=np.arange(1, len(op) + 1),
        template=np.where(strange > 0, len(strings) - 1 + strange, 0),
    )
    return batch.take(traced | (outcome != Outcome.OK) | (announced & (op == Op.ZIP)))
