"""Lines a second of the log readers on one core, beside a bare regular expression and drain3 on the same lines.

    python bench/parse.py [--lines 1000000] [--rounds 5] [--only LOG] [--stream-mb 2000]

Each log is generated, is 1 M lines long and is read once per round by every competitor in turn; the figures are
medians of CPU seconds over the rounds, in one run. The reader gives events with all columns, detection included; the
bare loop makes the groups of the lines that match and nothing else. drain3 learns slowly: it gets the first 20,000
lines. ``--stream-mb`` reads that much of the first log from a generator instead and prints the peak memory.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO, cast

from drain3 import TemplateMiner
from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig

from predictor.protocols import Source
from predictor.reading import Reader, read_stream

DRAIN_LINES = 20_000
AGENT = "GoCommand/1 (+https://go.dev/cmd/go)"
#: ten groups over each access log, written as an engineer would write them by hand
BARE = {
    "nginx timed": re.compile(
        rb'^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" (\d+) (\d+) "[^"]*" "[^"]*" rt=(\S+) urt=(\S+) us=(\S+) '
        rb"cs=(\S+) ua=\S+$"
    ),
    "nginx JSON": re.compile(
        rb'^\{"msec":([\d.]+),"remote_addr":"([^"]*)","request_method":"([^"]*)","request_uri":"([^"]*)","status":(\d+),'
        rb'"body_bytes_sent":(\d+),"request_time":([\d.]+),"upstream_response_time":"([^"]*)","upstream_addr":"([^"]*)",'
        rb'"upstream_cache_status":"([^"]*)","http_user_agent":"[^"]*"\}$'
    ),
}
#: the same fields that the reader takes from go output, searched for in each line as it may stand behind a prefix
BARE_GO = re.compile(
    rb"go: (?:(downloading) (\S+) (v\S+)|(\S+?)@(\S+?): reading (\S+): (\d+))|# get (\S+?)(?:: (\d+) [^(]*\((\S+)s\))?$"
)


@dataclass(frozen=True)
class Request:
    """One line's values."""

    second: float
    client: str
    path: str
    status: int
    size: int
    took: float
    cached: bool


def requests(count: int) -> Iterator[Request]:
    """Requests of many builds: 3,000 files of 500 modules, 60 % cache hits, 2 % failures."""
    draw = random.Random(7)
    paths = [
        f"/github.com/%21org{i}/mod{i}/@v/v1.{i % 9}.{i % 7}.{kind}"
        for i in range(500)
        for kind in ("mod", "info", "zip")
    ] + [f"/golang.org/x/mod{i}/@v/list" for i in range(1500)]
    for i in range(count):
        yield Request(
            1795305600 + i * 0.01,
            f"10.0.{draw.randrange(4)}.{draw.randrange(250)}",
            draw.choice(paths),
            200 if draw.random() < 0.98 else 503,
            draw.randrange(99999) + 1,
            draw.random(),
            draw.random() < 0.6,
        )


def timed(request: Request) -> str:
    """nginx combined with ``rt= urt= us= cs= ua=``."""
    stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.second))
    tail = (
        "urt=- us=- cs=HIT ua=-"
        if request.cached
        else f"urt={request.took:.3f} us={request.status} cs=MISS ua=10.9.0.1:443"
    )
    return (
        f'{request.client} - - [{stamp}] "GET {request.path} HTTP/2.0" {request.status} {request.size} "-" "{AGENT}" '
        f"rt={request.took:.3f} {tail}"
    )


def record(request: Request) -> str:
    """nginx JSON."""
    address, word = ("-", "HIT") if request.cached else ("10.9.0.1:443", "MISS")
    return (
        f'{{"msec":{request.second:.3f},"remote_addr":"{request.client}","request_method":"GET","request_uri":"{request.path}",'
        f'"status":{request.status},"body_bytes_sent":{request.size},"request_time":{request.took:.3f},'
        f'"upstream_response_time":"{request.took:.3f}","upstream_addr":"{address}","upstream_cache_status":"{word}",'
        f'"http_user_agent":"{AGENT}"}}'
    )


def failure(request: Request) -> str:
    """An error of the go command."""
    module = request.path.split("/@v/")[0].strip("/")
    return f"go: {module}@v1.0.0: reading https://proxy.golang.org{request.path}: 503 Service Unavailable"


def download(request: Request) -> str:
    """A line for each module that is fetched without ``-x``."""
    return f"go: downloading {request.path.split('/@v/')[0].strip('/')} v1.{request.size % 10}.0"


def quiet(request: Request) -> str:
    """A line of tests and compilers, which says nothing about fetches."""
    name = f"Test{request.size % 997}"
    return (
        f"=== RUN   {name}",
        f"--- PASS: {name} ({request.took:.2f}s)",
        f"ok  \tgithub.com/org/app/internal/pkg{request.size % 100}\t{request.took:.3f}s",
        f"    app_test.go:{request.size % 400}: compared {request.size} rows of the table",
        f'level=info msg="request served" status=200 took={request.took:.3f} id={request.size}',
    )[request.size % 5]


def typical(request: Request) -> str:
    """One CI log: 5 % downloads, 1 % requests of ``-x``, 0.1 % errors, the rest tests and compilers."""
    share = request.size % 1000
    if share == 0:
        return failure(request)
    if share <= 50:
        return download(request)
    if share <= 60:
        url = f"# get https://proxy.golang.org{request.path}"
        return url if share % 2 else f"{url}: 200 OK ({request.took:.3f}s)"
    return quiet(request)


def dense(request: Request) -> str:
    """A log in which nearly every second line matters: 40 % downloads, 2 % errors."""
    if request.status != 200:
        return failure(request)
    return quiet(request) if request.cached else download(request)


def traced(request: Request) -> str:
    """Output of ``-x`` alone: every line is the start or the end of a request."""
    url = f"# get https://proxy.golang.org{request.path}"
    return f"{url}: 200 OK ({request.took:.3f}s)" if request.cached else url


#: log -> (line of a request, how the bare loop looks at a line)
LOGS: dict[str, tuple[Callable[[Request], str], Callable[[bytes], re.Match[bytes] | None]]] = {
    "nginx timed": (timed, BARE["nginx timed"].match),
    "nginx JSON": (record, BARE["nginx JSON"].match),
    "go typical": (typical, BARE_GO.search),
    "go dense": (dense, BARE_GO.search),
    "go -x only": (traced, BARE_GO.search),
}


def miner() -> TemplateMiner:
    """drain3 with four masks."""
    config = TemplateMinerConfig()
    config.masking_instructions = [
        MaskingInstruction(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?", "IP"),
        MaskingInstruction(r"https?://\S+", "URL"),
        MaskingInstruction(r"v\d+\.\d+\.\d+\S*", "VERSION"),
        MaskingInstruction(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])", "NUM"),
    ]
    return TemplateMiner(config=config)


def read(data: bytes) -> int:
    """Events of a whole log through the reader, detection included."""
    return sum(len(batch) for batch in read_stream(io.BytesIO(data), Reader(Source()), "bench"))


def bare(data: bytes, look: Callable[[bytes], re.Match[bytes] | None]) -> int:
    """Lines that a bare loop matches, with their groups made."""
    found = 0
    for line in data.split(b"\n"):
        match = look(line)
        if match:
            match.groups()
            found += 1
    return found


def drain(lines: list[str]) -> int:
    """Templates that drain3 finds."""
    learner = miner()
    for line in lines:
        learner.add_log_message(line)
    return len(learner.drain.clusters)


def seconds(function: Callable[[], int]) -> float:
    """CPU seconds of one call: neighbours on the machine do not count."""
    start = time.process_time()
    function()
    return time.process_time() - start


def measure(name: str, data: bytes, rounds: int) -> str:
    """One row of the table."""
    lines = data.count(b"\n")
    sample = data[: data.find(b"\n", len(data) * DRAIN_LINES // lines)].decode().split("\n")
    took: dict[str, list[float]] = {"read": [], "bare": [], "drain": []}
    for _ in range(rounds):
        took["bare"].append(seconds(lambda: bare(data, LOGS[name][1])))
        took["read"].append(seconds(lambda: read(data)))
        took["drain"].append(seconds(lambda: drain(sample)))
    rate = {key: (len(sample) if key == "drain" else lines) / statistics.median(values) for key, values in took.items()}
    return (
        f"{name:12} {rate['read'] / 1e6:8.2f} {rate['bare'] / 1e6:8.2f} {rate['drain'] / 1e6:8.3f} "
        f"{rate['read'] / rate['bare']:10.2f} {rate['read'] / rate['drain']:11.1f}"
    )


class Endless(io.RawIOBase):
    """A stream of ``size`` bytes of lines that never repeat their times and sizes."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._lines = (timed(request) + "\n" for request in requests(1 << 62))

    def read(self, size: int = -1) -> bytes:
        """About ``size`` bytes; nothing at the end."""
        if self._left <= 0:
            return b""
        text = "".join(islice(self._lines, max(size, 1) // 190)).encode()
        self._left -= len(text)
        return text


def stream(megabytes: int) -> str:
    """How much memory a log of that size takes that is read from its beginning to its end."""
    reader = Reader(Source())
    events = sum(map(len, read_stream(cast("IO[bytes]", Endless(megabytes * 10**6)), reader, "stream")))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{reader.report.bytes / 1e6:.0f} MB streamed, {events} events, peak memory {peak:.0f} MiB"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=sorted(LOGS), default=None)
    parser.add_argument("--stream-mb", type=int, default=0)
    chosen = parser.parse_args()
    if chosen.stream_mb:
        print(stream(chosen.stream_mb))
        return
    print(f"million lines per CPU second, one core, median of {chosen.rounds} rounds, {chosen.lines} lines")
    print(f"{'log':12} {'read':>8} {'bare re':>8} {'drain3':>8} {'x bare re':>10} {'x drain3':>11}")
    for name, (write, _) in LOGS.items():
        if chosen.only in (None, name):
            data = "".join(write(request) + "\n" for request in requests(chosen.lines)).encode()
            print(measure(name, data, chosen.rounds), flush=True)
    for write in (typical, dense, traced):
        print(f"go {write.__name__}: {(write.__doc__ or '').splitlines()[0]}")


if __name__ == "__main__":
    main()
