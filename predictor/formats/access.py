"""What the columns of a proxy's access log mean, the same for every server that writes one.

A format brings raw columns by role (``ROLES``); out come fetch events. Only fetches of module content are
events; other requests are no concern of ours. A cache hit names no upstream: it belongs to the upstream last
seen in this log, else to the source's, else to the served host, else to ``local``. Over https the go command
sends a request that got 4xx once more with credentials, so such lines come in pairs: later stages count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from predictor.events import Cache, Cause, EventBatch, Kind, Op, Outcome
from predictor.formats import urls
from predictor.formats.columns import MAX_CODES, Coder, Floats, Texts, Values, numbers, text_of, tries_of
from predictor.formats.spans import Spans
from predictor.formats.times import Times
from predictor.protocols import Block, Source

#: role -> names of the numbers that it means; the roles that are missing here are numbers themselves
ROLES: dict[str, tuple[str, ...]] = {
    "path": ("op", "module", "version", "site"),
    "method": ("method",),
    "status": ("status",),
    "upstream_status": ("upstream_status", "upstream_tries"),
    "upstream": ("upstream", "tries"),
    "cache": ("cache", "cache_hint"),
    "client": ("client",),
    "host": ("host",),
    "hint": ("hint",),
}
NUMBERS = ("bytes", "latency_s", "upstream_latency_s")
GET, HEAD, OTHER = 1.0, 2.0, 0.0
NO_UPSTREAM = "local"
GIVE_UP_S = 5.0  # a client that leaves earlier was stopped by its user, later it had waited in vain
TIMEOUT_S = 1.0  # a 504 that took longer is a time-out, a faster one was passed on
_METHODS = {"GET": GET, "HEAD": HEAD, "POST": GET}
_CACHES = {
    "HIT": Cache.HIT, "HITS": Cache.HIT, "REVALIDATED": Cache.HIT, "REFRESHHIT": Cache.HIT, "MISS": Cache.MISS,
    "EXPIRED": Cache.MISS, "SCARCE": Cache.MISS, "STALE": Cache.STALE, "UPDATING": Cache.STALE,
    "BYPASS": Cache.BYPASS, "PASS": Cache.BYPASS, "DYNAMIC": Cache.BYPASS,
}  # fmt: skip


def hint(outcome: Outcome, cause: Cause) -> float:
    """What a server's own flag says of a request, as one number for the ``hint`` column."""
    return float(outcome * 100 + cause)


class AccessColumns:
    """Gives events from raw columns; keeps what the next block of the same log needs.

    Args:
        source: says what the lines do not.
        starts: the log's time is the beginning of the request; the duration is added.
        scale: seconds per unit of ``latency_s``.
        hints: what the values of the ``hint`` column say, see :func:`hint`; NaN for nothing.
        dash_bytes: what ``-`` means as a size: some servers write it for 0 bytes.
    """

    def __init__(
        self,
        source: Source,
        *,
        starts: bool = False,
        scale: float = 1.0,
        hints: Callable[[str], float] | None = None,
        dash_bytes: float = math.nan,
    ) -> None:
        self._source = source
        self._starts, self._scale, self._hints, self._dash_bytes = starts, scale, hints, dash_bytes
        self._times = Times()
        self._last = ""
        self._reset()

    def _reset(self) -> None:
        self.texts = Texts()
        self._coders: dict[str, Coder] = {}

    def meaning(self, role: str, value: Any) -> Values:
        """The numbers that one distinct value of a role means."""
        text = text_of(value).strip()
        match role:
            case "path":
                return self._path(text)
            case "method":
                return {"method": _METHODS.get(text.upper(), OTHER)}
            case "status":
                return {"status": _status(text)}
            case "upstream_status":
                tries = [part for part in tries_of(text) if part not in ("", "-")]
                return {"upstream_status": _status(tries[-1]), "upstream_tries": len(tries)} if tries else {}
            case "upstream":
                return self._upstream(text)
            case "cache":
                return {"cache": _cache(text)} | ({"cache_hint": self._hints(text)} if self._hints else {})
            case "hint":
                return {"hint": self._hints(text)} if self._hints else {}
        code = self.texts.code(self._source.aliases.get(text, text) if role == "host" else text)
        return {} if text in ("", "-") else {role: code}

    def _path(self, text: str) -> Values:
        found = urls.parse_path(text)
        if not found:
            return {"op": -1.0}
        site = urls.split_url(text)[0]
        site = self._source.aliases.get(site, site)
        values = {"op": float(found.op), "module": self.texts.code(found.module)}
        values["version"] = self.texts.code(found.version)
        return values | {"site": self.texts.code(site)} if site else values

    def _upstream(self, text: str) -> Values:
        tries = [part for part in tries_of(text) if part not in ("", "-") and "<NOSRV>" not in part]
        if not tries:
            return {}
        name = urls.split_url(tries[-1])[0] or tries[-1]
        return {"upstream": self.texts.code(self._source.aliases.get(name, name)), "tries": len(tries)}

    def coder(self, roles: Sequence[str], parse: Callable[[Any], Values] | None = None) -> Coder:
        """The coder of one raw column that holds ``roles``; ``parse`` where it is not one role's plain value."""
        key = "+".join(roles)
        if key not in self._coders:
            names = [name for role in roles for name in ROLES[role] if self._hints or name != "cache_hint"]
            self._coders[key] = Coder(parse or (lambda value: self.meaning(roles[0], value)), names)
        return self._coders[key]

    def events(
        self,
        raw: Mapping[str, Sequence[Any]],
        lines: npt.NDArray[np.int64],
        stamps: Floats | None = None,
        parsers: Mapping[str, Callable[[Any], Values]] | None = None,
    ) -> EventBatch:
        """Events of raw columns keyed by role, or by roles joined with ``+`` for which ``parsers`` has a parser.

        Args:
            raw: equally long columns; ``time``, the ``NUMBERS`` and the ``ROLES``.
            lines: 1-based line of each row.
            stamps: UTC seconds that a wrapper knows of each row, used where the row has no time itself.
            parsers: parser of a column that holds several roles.
        """
        if len(self.texts) > MAX_CODES or any(len(coder) > MAX_CODES for coder in self._coders.values()):
            self._reset()
        parsers = parsers or {}
        main = next((key for key in raw if "path" in key.split("+")), "")
        if not main or not len(lines):
            return EventBatch.empty()
        known = self.coder(main.split("+"), parsers.get(main)).columns(raw[main])
        keep = np.flatnonzero(known["op"] >= 0)
        if not len(keep):
            return EventBatch.empty()
        if len(keep) < len(lines):
            raw = {key: _picked(column, keep) for key, column in raw.items()}
            known = {name: column[keep] for name, column in known.items()}
            lines, stamps = lines[keep], stamps[keep] if stamps is not None else None
        for key, column in raw.items():
            if key != main and key.split("+")[0] in ROLES:
                known |= self.coder(key.split("+"), parsers.get(key)).columns(column)
            elif key in NUMBERS:
                known[key] = self._sizes(column) if key == "bytes" else numbers(column)
            elif key == "time":
                known["time"] = self._times.column(column)
        return self._build(known, lines, stamps)

    def _sizes(self, raw: Sequence[Any]) -> Floats:
        sizes = numbers(raw)
        if math.isnan(self._dash_bytes) or not isinstance(raw, Spans):
            return sizes
        return np.where(raw.dashes(), self._dash_bytes, sizes)

    def _build(self, known: dict[str, Floats], lines: npt.NDArray[np.int64], stamps: Floats | None) -> EventBatch:
        blank = np.full(len(lines), np.nan)
        latency = known["latency_s"] * self._scale if "latency_s" in known else blank
        if "upstream_latency_s" in known:
            latency = np.where(np.isnan(latency), known["upstream_latency_s"], latency)
        time = known.get("time", blank)
        if stamps is not None:
            time = np.where(np.isnan(time), stamps, time)
        if self._starts:
            time = time + _said(latency, 0)
        status = _said(known.get("status", blank), 0).astype(np.int16)
        size = np.minimum(_said(known.get("bytes", blank), -1), 2.0**62)
        outcome, cause = judge(known, status, latency, size)
        tried = [known[name] for name in ("tries", "upstream_tries") if name in known] or [blank]
        tries = np.fmax(tried[0], tried[-1]) if len(tried) > 1 else tried[0]
        upstream = self._upstreams(known)
        vantage, job = self.texts.code(self._source.vantage), self.texts.code(self._source.job)
        batch = EventBatch.of(
            len(lines),
            self.texts.strings(),
            time=time,
            kind=Kind.FETCH,
            vantage=vantage,
            upstream=upstream,
            op=known["op"],
            module=known["module"],
            version=known["version"],
            outcome=outcome,
            cause=cause,
            status=status,
            latency_s=latency,
            bytes=size,
            cache=_said(known.get("cache", blank), 0),
            tries=np.minimum(_said(tries, 1), 127),
            client=_said(known.get("client", blank), 0),
            job=job,
            line=lines,
        )
        if "method" not in known:
            return batch
        fetches = known["method"] != OTHER
        return batch if fetches.all() else batch.take(fetches)

    def _upstreams(self, known: Mapping[str, Floats]) -> npt.NDArray[np.int32]:
        """Codes of the upstreams as logged, gaps filled forward, then by the source, the host, ``local``."""
        own = known["upstream"] if "upstream" in known else known["site"]
        gaps = np.isnan(own)
        before = self.texts.code(self._last) if self._last else math.nan
        filled = own[np.maximum.accumulate(np.where(gaps, 0, np.arange(len(own))))]
        if not math.isnan(filled[-1]):
            self._last = self.texts.strings()[int(filled[-1])]
        if gaps[0]:
            filled[np.isnan(filled)] = before
        if self._source.upstream:
            rest = self.texts.code(self._source.aliases.get(self._source.upstream, self._source.upstream))
            return _said(filled, rest).astype(np.int32)
        if "host" in known:
            filled = np.where(np.isnan(filled), known["host"], filled)
        nameless = self._source.aliases.get(NO_UPSTREAM, NO_UPSTREAM)
        return _said(filled, self.texts.code(nameless)).astype(np.int32)


def _said(column: Floats, otherwise: float) -> Floats:
    """The column with its gaps filled: ``nan_to_num`` looks for infinities too and takes five times as long."""
    gaps = np.isnan(column)
    return np.where(gaps, otherwise, column) if gaps.any() else column


def _picked(column: Sequence[Any], rows: npt.NDArray[np.int64]) -> Sequence[Any]:
    return column.take(rows) if isinstance(column, Spans) else [column[i] for i in rows.tolist()]


def located(block: Block, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats | None]:
    """(line number, wrapper's stamp) of the 0-based ``rows`` of a block."""
    lines = rows + block.first_line if block.lines is None else np.asarray(block.lines)[rows]
    return lines, None if block.times is None else block.times[rows]


def judge(
    known: Mapping[str, Floats], status: npt.NDArray[np.int16], latency: Floats, size: Floats
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Outcome and cause of each request from its status, sizes, durations and the server's own flags."""
    verdict = _BY_STATUS.take(status, mode="clip")

    def mend(rows: npt.NDArray[np.bool_], outcome: Outcome, cause: Cause) -> None:
        verdict[rows] = hint(outcome, cause)

    slow = latency >= TIMEOUT_S
    if slow.any():
        mend((status == 504) & slow, Outcome.FAILED, Cause.PROXY_HANG)
        mend(((status == 499) | (status == 0)) & (latency >= GIVE_UP_S), Outcome.HUNG, Cause.PROXY_HANG)
    if "upstream_status" in known:
        mend(((status == 404) | (status == 410)) & (known["upstream_status"] >= 500), Outcome.FAILED, Cause.HTTP_5XX)
    empty = (size == 0) & (status == 200)
    if empty.any():
        empty &= np.isin(known["op"], (Op.ZIP, Op.MOD, Op.INFO, Op.TOOLCHAIN))
        mend(empty & (known["method"] != HEAD) if "method" in known else empty, Outcome.FAILED, Cause.TRUNCATED_BODY)
    said = [known[name] for name in ("hint", "cache_hint") if name in known]
    if said:
        own = np.fmax.reduce(said)
        verdict = np.where(np.isnan(own), verdict, own)
        left = (own == _LEFT) & (latency >= GIVE_UP_S)
        verdict[left] = hint(Outcome.HUNG, Cause.PROXY_HANG)
    codes = verdict.astype(np.intp, copy=False)
    return _OUTCOMES[codes], _CAUSES[codes]


#: the client left before the answer; hung when it had waited
_LEFT = hint(Outcome.USER_ERROR, Cause.NONE)


def of_status(status: int) -> tuple[Outcome, Cause]:
    """Outcome and cause that an HTTP status alone says; 0 stands for a connection closed before any answer."""
    if 100 <= status < 400:
        return Outcome.OK, Cause.NONE
    if status in (404, 410):
        return Outcome.MISSING, Cause.HTTP_404_410_MISSING
    if status in (401, 403, 407):
        return Outcome.FAILED, Cause.HTTP_403_401_AUTH
    if status == 429:
        return Outcome.FAILED, Cause.HTTP_429
    if status == 408:
        return Outcome.FAILED, Cause.TCP_TIMEOUT
    if status >= 500:
        return Outcome.FAILED, Cause.HTTP_5XX
    return Outcome.USER_ERROR, Cause.NONE


_OUTCOMES, _CAUSES = (np.arange(1000) // 100).astype(np.int8), (np.arange(1000) % 100).astype(np.int8)
_BY_STATUS = np.array([hint(*of_status(status)) for status in range(1000)], dtype=np.intp)


def _status(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0.0


def _cache(text: str) -> float:
    word = text.upper().replace("_", "").replace("-", "")
    if word in _CACHES:
        return float(_CACHES[word])
    if word.startswith("TCP"):
        return _squid_cache(word)
    return float(Cache.HIT if word.endswith("HIT") else Cache.MISS if word.endswith("MISS") else Cache.NONE)


def _squid_cache(word: str) -> float:
    """Squid's result codes: ``TCP_MEM_HIT``, ``TCP_REFRESH_FAIL_OLD`` (stale), ``TCP_REFRESH_MODIFIED``..."""
    if "FAILOLD" in word or "STALE" in word:
        return float(Cache.STALE)
    if "HIT" in word or "UNMODIFIED" in word:
        return float(Cache.HIT)
    return float(Cache.MISS if "MISS" in word or "MODIFIED" in word else Cache.BYPASS)
