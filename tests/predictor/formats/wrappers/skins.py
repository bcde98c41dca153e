"""Puts a skin around the lines of a log, the opposite of peeling: one small function per wrapper.

Each takes whole lines and the UTC seconds of each, and gives the bytes that the tool would have written.
"""

from __future__ import annotations

import json
import quopri
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

Wrap = Callable[[Sequence[bytes], Sequence[float]], bytes]


def _moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)


def _micro(time: float) -> bytes:
    return _moment(time).strftime("%Y-%m-%dT%H:%M:%S.%f").encode()


def _lines(prefix: Callable[[float], bytes], lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return b"".join(prefix(time) + line + b"\n" for line, time in zip(lines, times, strict=True))


def github_actions(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return b"\xef\xbb\xbf" + _lines(lambda time: _micro(time) + b"0Z ", lines, times)


def azure_pipelines(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return github_actions([b"##[section]Starting: build", *lines], [times[0], *times])


def gh_cli(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"build\tRun go build\t" + _micro(time) + b"0Z ", lines, times)


def gitlab(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    body = _lines(lambda time: _micro(time) + b"Z 00O ", lines, times)
    mark = _micro(times[0]) + b"Z 00O \x1b[0Ksection_start:%d:step_script\r\x1b[0Kstep\n" % int(times[0])
    return mark + body


def gitlab_parts(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    out = []
    for line, time in zip(lines, times, strict=True):
        half = len(line) // 2
        out += [_micro(time) + b"Z 00O " + line[:half] + b"\n", _micro(time) + b"Z 00O+" + line[half:] + b"\n"]
    return b"".join(out)


def buildkite(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"\x1b_bk;t=%d\x07" % round(time * 1000), lines, times)


def circleci(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    records = [
        {"message": line.decode("utf-8", "replace") + "\r\n", "time": _micro(time).decode() + "Z", "type": "out"}
        for line, time in zip(lines, times, strict=True)
    ]
    return json.dumps(records).encode() + b"\n"


def iso(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: _micro(time)[:-3] + b"Z ", lines, times)


def iso_brackets(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"[" + _micro(time)[:-3] + b"Z] ", lines, times)


def jenkins(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: _moment(time).strftime("%H:%M:%S  ").encode(), lines, times)


def bazel(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: _moment(time).strftime("(%H:%M:%S) ").encode(), lines, times)


def syslog(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: _moment(time).strftime("%b %d %H:%M:%S runner go[42]: ").encode(), lines, times)


def syslog_new(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"<34>1 " + _micro(time) + b'Z runner go 42 - [a@1 b="]\\"c"] ', lines, times)


def journald(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: _moment(time).strftime("%Y-%m-%dT%H:%M:%S+0000 runner go[42]: ").encode(), lines, times)


def journald_json(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    records = (
        {"__REALTIME_TIMESTAMP": str(round(time * 1e6)), "PRIORITY": "6", "MESSAGE": line.decode("utf-8", "replace")}
        for line, time in zip(lines, times, strict=True)
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def journald_export(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    out = []
    for place, (line, time) in enumerate(zip(lines, times, strict=True)):
        binary = b"MESSAGE\n" + len(line).to_bytes(8, "little") + line + b"\n"
        message = binary if place % 2 else b"MESSAGE=" + line + b"\n"
        out.append(b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=%d\n_PID=7\n%s\n" % (round(time * 1e6), message))
    return b"".join(out)


def kubernetes(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    out = []
    for line, time in zip(lines, times, strict=True):
        half = len(line) // 2
        out += [
            _micro(time) + b"123Z stdout P " + line[:half] + b"\n",
            _micro(time) + b"123Z stdout F " + line[half:] + b"\n",
        ]
    return b"".join(out)


def docker_json(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    records = (
        {"log": line.decode("utf-8", "replace") + "\n", "stream": "stderr", "time": _micro(time).decode() + "Z"}
        for line, time in zip(lines, times, strict=True)
    )
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def buildkit(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    body = _lines(lambda time: b"#12 %.2f " % (time - times[0]), lines, times)
    repeated = b"------\n > [4/6] RUN go build:\n" + b"\n".join(lines[-9:]) + b"\n------\n"
    return b"#12 [4/6] RUN go build\n" + body + repeated


def compose(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"builder-1  | ", lines, times)


def compose_colours(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda time: b"\x1b[36mbuilder-1  | \x1b[0m", lines, times)


def travis(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    first = b"travis_time:end:0a1b:start=1,finish=%d,duration=9\r\x1b[0K\n" % round(times[0] * 1e9)
    return (
        b"travis_fold:start:go\r\x1b[0Ktravis_time:start:0a1b\r\x1b[0K\n" + first + _lines(lambda _: b"", lines, times)
    )


def colours(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return b"".join(b"\x1b[1;31m" + line + b"\x1b[0m\x1b[K\n" for line in lines)


def windows(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def quote(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    return _lines(lambda _: b"> ", lines, times)


def quoted_printable(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    head = b"Content-Transfer-Encoding: quoted-printable\n\n"
    return head + quopri.encodestring(b"".join(line + b"\n" for line in lines))


def terminal(lines: Sequence[bytes], times: Sequence[float]) -> bytes:
    pieces = (line[start : start + 80] for line in lines for start in range(0, max(1, len(line)), 80))
    return b"".join(piece + b"\n" for piece in pieces)


#: Skins whose stamps say the date and time of every line, with the seconds that they are exact to.
STAMPED: dict[Wrap, float] = {
    github_actions: 1e-5,
    azure_pipelines: 1e-5,
    gh_cli: 1e-5,
    gitlab: 1e-5,
    gitlab_parts: 1e-5,
    buildkite: 2e-3,
    circleci: 1e-5,
    iso: 2e-3,
    iso_brackets: 2e-3,
    jenkins: 1.0,
    bazel: 1.0,
    syslog: 1.0,
    syslog_new: 1e-5,
    journald: 1.0,
    journald_json: 1e-5,
    journald_export: 1e-5,
    kubernetes: 1e-5,
    docker_json: 1e-5,
    buildkit: 0.02,
}
UNSTAMPED: tuple[Wrap, ...] = (compose, compose_colours, travis, colours, windows, quote, quoted_printable, terminal)
ALL: tuple[Wrap, ...] = (*STAMPED, *UNSTAMPED)
