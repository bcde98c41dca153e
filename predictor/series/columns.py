"""What is counted of each series in each bin, and how events become those counts.

Every column is a sum over events, so bins of two sources, two processes or two minutes add up. Latency is a
log-bucketed histogram for the same reason: histograms merge, quantiles do not.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from predictor.events import Cache, Cause, EventBatch, Kind, Op, Outcome

Mask = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float64]

#: Causes that point at the same part of an upstream; one column each.
CAUSE_GROUPS: dict[str, tuple[Cause, ...]] = {
    "c_5xx": (Cause.HTTP_5XX,),
    "c_429": (Cause.HTTP_429,),
    "c_auth": (Cause.HTTP_403_401_AUTH, Cause.VCS_AUTH),
    "c_conn": (Cause.DNS, Cause.TCP_TIMEOUT, Cause.TCP_REFUSED, Cause.TLS),
    "c_cut": (Cause.TCP_RESET, Cause.TRUNCATED_BODY, Cause.HTTP2_STREAM),
    "c_hang": (Cause.PROXY_HANG,),
    "c_sumdb": (Cause.SUMDB_UNREACHABLE,),
    "c_vcs": (Cause.VCS_UNREACHABLE, Cause.VANITY_IMPORT),
    "c_integrity": (Cause.CHECKSUM_MISMATCH,),
    "c_disk": (Cause.DISK,),
}

#: Additive columns of one (series, bin), in the order of ``Bins.counts``.
COLUMNS: tuple[str, ...] = (
    "events",  # rows of any kind: the series was heard of
    "ok",  # FETCH rows that ended well
    "missing",  # the module or version is not there: not eligible
    "user_error",  # the user's fault: not eligible
    "failed",  # FETCH rows that failed for infrastructure
    "hung",  # FETCH or SIGN rows without an end
    *CAUSE_GROUPS,  # of the failed and hung FETCH rows
    "c_other",  # ... any other cause
    "signs",  # symptoms of fetches that are counted elsewhere
    "signs_cut",  # ... that say a body was cut or not stored: the access log calls these fetches ok
    "hit",
    "miss",  # MISS and BYPASS
    "stale",
    "gave_up",  # the client closed the connection first (nginx status 499)
    "retried",  # fetches that took more than one upstream try
    "uncached",  # eligible fetches that no cache answered: what the upstream itself is asked
    "sized",  # ok fetches of content whose size was logged
    "empty",  # ... of which the body was empty
    "log_bytes",  # sum of ln(1 + bytes) over ``sized``
    "timed",  # fetches in the latency histogram
    "seconds",  # ... and the sum of their latencies
    "jobs",  # ended builds that are eligible
    "jobs_failed",  # ... of which failed for infrastructure or hung
    "jobs_timed",  # ... of which the duration is known
    "log_job_s",  # sum of ln(1 + seconds) over ``jobs_timed``
    "novelty",  # sum of how new each message was that no family knows
)
INDEX: dict[str, int] = {name: position for position, name in enumerate(COLUMNS)}

PER_OCTAVE = 3  # buckets per doubling: 26 % wide, quantiles are interpolated within
BUCKETS = 48  # from 1 ms to 65 s
CLIENT_CLOSED = 499  # nginx: the client gave up before the answer


def bucket(latency_s: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Histogram bucket of each latency in seconds; anything outside 1 ms .. 65 s goes to the outermost bucket."""
    octaves = np.log2(np.maximum(latency_s, 1e-3) * 1e3)
    return np.minimum((octaves * PER_OCTAVE).astype(np.intp), BUCKETS - 1)


def timed(batch: EventBatch) -> Mask:
    """Rows whose latency tells of the upstream: fetches that ended well and that no cache answered."""
    cached = (batch.cache == Cache.HIT) | (batch.cache == Cache.STALE)
    known = np.isfinite(batch.latency_s) & (batch.latency_s >= 0)
    rows: Mask = (batch.kind == Kind.FETCH) & (batch.outcome == Outcome.OK) & ~cached & known
    return rows


def contributions(batch: EventBatch) -> Iterator[tuple[str, Mask, Weights | None]]:
    """Per column the rows that count in it, with their weights (None: one each)."""
    fetch, sign, job = (batch.kind == kind for kind in (Kind.FETCH, Kind.SIGN, Kind.JOB))
    yield "events", np.ones(len(batch), dtype=bool), None
    for name, outcome in (("ok", Outcome.OK), ("missing", Outcome.MISSING), ("user_error", Outcome.USER_ERROR)):
        yield name, fetch & (batch.outcome == outcome), None
    hung, failed = batch.outcome == Outcome.HUNG, batch.outcome == Outcome.FAILED
    yield "failed", fetch & failed, None
    yield "hung", (fetch | sign) & hung, None
    yield from _causes(batch, fetch & (failed | hung))
    yield from _signs_and_cache(batch, fetch, sign)
    yield from _amounts(batch, fetch)
    yield from _jobs(batch, job)
    yield "novelty", batch.novelty > 0, batch.novelty.astype(np.float64)


def _causes(batch: EventBatch, bad: Mask) -> Iterator[tuple[str, Mask, None]]:
    other = bad.copy()
    for name, causes in CAUSE_GROUPS.items():
        rows = bad & np.isin(batch.cause, [int(cause) for cause in causes])
        other &= ~rows
        yield name, rows, None
    yield "c_other", other, None


def _signs_and_cache(batch: EventBatch, fetch: Mask, sign: Mask) -> Iterator[tuple[str, Mask, None]]:
    eligible = fetch & (batch.outcome != Outcome.MISSING) & (batch.outcome != Outcome.USER_ERROR)
    hit, stale = fetch & (batch.cache == Cache.HIT), fetch & (batch.cache == Cache.STALE)
    cut = np.isin(batch.cause, [int(cause) for cause in (*CAUSE_GROUPS["c_cut"], Cause.DISK)])
    yield "signs", sign, None
    yield "signs_cut", sign & cut & (batch.outcome == Outcome.FAILED), None
    yield "hit", hit, None
    yield "miss", fetch & ((batch.cache == Cache.MISS) | (batch.cache == Cache.BYPASS)), None
    yield "stale", stale, None
    yield "gave_up", fetch & (batch.status == CLIENT_CLOSED), None
    yield "retried", fetch & (batch.tries > 1), None
    yield "uncached", eligible & ~hit & ~stale, None


def _amounts(batch: EventBatch, fetch: Mask) -> Iterator[tuple[str, Mask, Weights | None]]:
    content = (batch.op == Op.ZIP) | (batch.op == Op.MOD) | (batch.op == Op.INFO)
    sized = fetch & (batch.outcome == Outcome.OK) & content & (batch.bytes >= 0)
    clocked = timed(batch)
    yield "sized", sized, None
    yield "empty", sized & (batch.bytes == 0), None
    yield "log_bytes", sized, np.log1p(np.maximum(batch.bytes, 0).astype(np.float64))
    yield "timed", clocked, None
    yield "seconds", clocked, np.where(clocked, batch.latency_s, 0.0)


def _jobs(batch: EventBatch, job: Mask) -> Iterator[tuple[str, Mask, Weights | None]]:
    eligible = job & (batch.outcome != Outcome.MISSING) & (batch.outcome != Outcome.USER_ERROR)
    known = eligible & np.isfinite(batch.latency_s) & (batch.latency_s >= 0)
    yield "jobs", eligible, None
    yield "jobs_failed", eligible & (batch.outcome != Outcome.OK), None
    yield "jobs_timed", known, None
    yield "log_job_s", known, np.log1p(np.where(known, batch.latency_s, 0.0))
