"""Logs of module proxies written in Go, which say failures in words: Athens, goproxy, goproxy.io."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from predictor.formats.urls import parse_path
from predictor.protocols import Source
from tests.predictor.formats.oracle.asked import PATHS, asks, iso, of_status
from tests.predictor.formats.oracle.troubles import MODULES, VERSIONS, Trouble, troubles
from tests.predictor.formats.oracle.written import GARBAGE, NOTHING, Entry, Event, Written, assembled, strewn

#: what a fetch ends with when Athens stopped its own git or go command
KILLED = Trouble("signal: killed: ", "failed", "proxy_hang", "")
MODES = {"proxy": "miss", "cached": "hit", "direct": "bypass"}
START = st.integers(1_700_000_000, 1_900_000_000)
Write = Callable[[int, str, Mapping[str, str]], str]  # second, message, fields -> the lines of one entry


@dataclass(frozen=True)
class Served:
    """One request to Athens."""

    path: str
    method: str
    status: int
    trouble: Trouble | None  # what its error entry says
    others: int  # requests that begin before it ends

    def event(self) -> Event | None:
        """What it tells: an upstream's failure that its error names, though the status is 404."""
        found = parse_path(self.path)
        if found is None or self.method == "POST":
            return None
        outcome, cause = of_status(self.status)
        if self.trouble and self.trouble.outcome == "failed":
            outcome, cause = self.trouble.outcome, self.trouble.cause
        if self.status == 504:
            cause = "proxy_hang"
        return asks(found) | {"outcome": outcome, "cause": cause, "status": self.status}


@st.composite
def served(draw: st.DrawFn) -> Served:
    module, version = draw(st.sampled_from(MODULES)), draw(st.sampled_from(VERSIONS))
    path = draw(st.sampled_from([*PATHS, f"/{module}/@v/{version}.info", f"/{module}/@v/{version}.zip"]))
    status, trouble = draw(st.sampled_from([200, 200, 200, 404, 404, 500, 504, 403])), None
    if status >= 400:
        trouble = draw(st.one_of(st.none(), st.just(KILLED), troubles(module, version)))
    return Served(path, draw(st.sampled_from(["GET", "GET", "HEAD", "POST"])), status, trouble, draw(st.integers(0, 2)))


@st.composite
def athens(draw: st.DrawFn, write: Write, *, dated: bool) -> Written:
    """Requests whose error and access entries lie among those of others.

    Args:
        draw: given by Hypothesis.
        write: writes one entry.
        dated: entries say the second; else the minute of the day, and the source says when the log begins.
    """
    start = second = draw(START)
    moments: list[tuple[float, str, dict[str, str], Event | None]] = []
    for number, r in enumerate(draw(st.lists(served(), min_size=1, max_size=12))):
        fields = {"http-method": r.method, "http-path": r.path, "request-id": f"id-{number}"}
        if r.trouble:
            error = {"kind": "Not Found", "module": "m", "operation": "download.InfoHandler", "ops": "[a.B c.D]"}
            moments.append((number, r.trouble.text, fields | error, None))
        moments.append(
            (number + r.others + 0.5, "incoming request", fields | {"http-status": str(r.status)}, r.event())
        )
    entries = [Entry(write(second, "Starting application", {"tcpPort": ":3000"}))]
    for _, message, fields, event in sorted(moments, key=lambda moment: moment[0]):
        second += draw(st.integers(0, 7200))
        time = float(second if dated else second // 60 * 60)
        entries.append(Entry(write(second, message, fields), event and {**event, "time": time}))
    return _of_many_lines(strewn(draw, entries), Source() if dated else Source(start=float(start)))


def _of_many_lines(entries: Sequence[Entry], source: Source) -> Written:
    """A log of entries of one or more lines; an entry's event stands at its last line."""
    lines: list[str] = []
    events: list[Event] = []
    for entry in entries:
        lines += entry.line.split("\n")
        if entry.event is not None:
            events.append({**NOTHING, "upstream": "local", **entry.event, "line": len(lines)})
    return Written(lines, events, source)


def kitchen(second: int, message: str, fields: Mapping[str, str]) -> str:
    clock = datetime.fromtimestamp(second, UTC).strftime("%I:%M%p").lstrip("0")
    return f"INFO[{clock}]: {message}\t" + "".join(f"{name}={value} " for name, value in sorted(fields.items()))


def slog(second: int, message: str, fields: Mapping[str, str]) -> str:
    return json.dumps({"time": iso(second), "level": "INFO", "msg": message} | dict(fields))


def logrus(second: int, message: str, fields: Mapping[str, str]) -> str:
    said = {"time": iso(second), "level": "error" if "kind" in fields else "info", "msg": message} | dict(fields)
    whole = {name: int(value) if name == "http-status" else value for name, value in sorted(said.items())}
    return json.dumps(whole, separators=(",", ":"))


def gcp(second: int, message: str, fields: Mapping[str, str]) -> str:
    return json.dumps({"timestamp": iso(second), "severity": "INFO", "message": message} | dict(fields))


@st.composite
def goproxy(draw: st.DrawFn, write: Write) -> Written:
    """Failed fetches, the only ones that goproxy logs; it has its own words for 5xx and time-outs of its upstream."""
    second, entries = draw(START), []
    for _ in range(draw(st.integers(1, 10))):
        second += draw(st.integers(0, 600))
        module, version = draw(st.sampled_from(MODULES)), draw(st.sampled_from(VERSIONS))
        trouble = draw(troubles(module, version, verb="GET").filter(_logged))
        if trouble.outcome == "failed" and draw(st.booleans()):
            trouble = draw(st.sampled_from(OWN_WORDS))
        target = draw(
            st.sampled_from([f"{module}/@v/list", f"{module}/@v/{version}.info", "sumdb/sum.golang.org/latest"])
        )
        found = parse_path("/" + target)
        event = asks(found) if found else {}
        gone = 404 if trouble in OWN_WORDS else 500
        event |= {"outcome": trouble.outcome, "cause": trouble.cause, "time": second + 0.125}
        event |= {"status": None if trouble.outcome == "user_error" else gone}
        line = write(second, "failed to list module versions", {"error": trouble.text, "target": target})
        entries.append(Entry(line, event, trouble.host))
    return assembled(strewn(draw, entries, [*GARBAGE, write(second, "listening", {"address": ":8080"})]))


OWN_WORDS = (Trouble("bad upstream", "failed", "http_5xx", ""), Trouble("fetch timed out", "failed", "proxy_hang", ""))


def _logged(trouble: Trouble) -> bool:
    """Whether goproxy says this itself: other answers of its upstream it does not log or has own words for."""
    return not trouble.text.startswith("GET ") or trouble.cause == "http_403_401_auth"


def slog_text(second: int, message: str, fields: Mapping[str, str]) -> str:
    """slog quotes what holds blanks, quotes or equal signs."""
    said = {"time": iso(second, 125), "level": "ERROR", "msg": message} | dict(fields)
    return " ".join(f"{name}={_quoted(value)}" for name, value in said.items())


def _quoted(value: str) -> str:
    return json.dumps(value) if not value or set(value) & set(' "=\n') else value


def slog_json(second: int, message: str, fields: Mapping[str, str]) -> str:
    return json.dumps({"time": iso(second, 125), "level": "ERROR", "msg": message} | dict(fields))


@st.composite
def goproxyio(draw: st.DrawFn) -> Written:
    """Two lines a request, of requests that run side by side; only a wrapper knows the time."""
    entries: list[Entry] = []
    running: deque[tuple[str, str]] = deque()
    for path in [*draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=12)), None, None, None]:
        if path is not None:
            mode = draw(st.sampled_from(list(MODES)))
            entries.append(Entry(f"goproxy.io: ------ --- {path} [{mode}]"))
            running.append((path, MODES[mode]))
        if running and (path is None or len(running) > 2 or draw(st.booleans())):
            entries.append(_answered(draw, *running.popleft()))
    log = assembled(strewn(draw, entries))
    start = draw(START)
    stamps = [start + 0.5 * place for place in range(len(log.lines))]
    events = [event | {"time": stamps[event["line"] - 1]} for event in log.events]
    return Written(log.lines, events, stamps=stamps) if draw(st.booleans()) else log


def _answered(draw: st.DrawFn, path: str, cache: str) -> Entry:
    status, ms, found = draw(st.sampled_from([200, 404, 500, 502, 504])), draw(st.integers(0, 60_000)), parse_path(path)
    line = f"goproxy.io: {ms / 1000:.3f}s {status} {path}"
    if found is None:
        return Entry(line)
    outcome, cause = ("failed", "proxy_hang") if status == 504 and ms >= 1000 else of_status(status)
    event = {"outcome": outcome, "cause": cause, "status": status, "latency_s": ms / 1000, "cache": cache}
    return Entry(line, asks(found) | event)


ATHENS = {"kitchen": athens(kitchen, dated=False)}
ATHENS_JSON = {write.__name__: athens(write, dated=True) for write in (slog, logrus, gcp)}
GOPROXY = {"text": goproxy(slog_text)}
GOPROXY_JSON = {"json": goproxy(slog_json)}
GOPROXYIO = {"lines": goproxyio()}
