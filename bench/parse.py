"""Lines a second of the log readers on one core, beside a bare regular expression and drain3 on the same lines.

    python bench/parse.py [--lines 1000000] [--rounds 3]

Each log is generated on the fly, is 1 M lines long and is read once per round by every competitor in turn; the
figures are medians of the rounds, in one run. drain3 learns slowly, so it gets the first 20,000 lines.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    "go output": re.compile(rb"^(go): (?:(downloading) (\S+) (\S+)|(\S+?)@(\S+?): (\w+) (\S+): (\d+) (.*))$"),
}


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


def go_line(request: Request) -> str:
    """go command output: mostly compiler and test lines, some downloads, few failures."""
    module = request.path.split("/@v/")[0].strip("/")
    if request.status != 200:
        return (
            f"go: {module}@v1.0.0: reading https://proxy.golang.org{request.path}: {request.status} Service Unavailable"
        )
    if request.cached:
        return f"ok  \t{module}/internal/pkg{request.size % 100}\t{request.took:.3f}s"
    return f"go: downloading {module} v1.{request.size % 10}.0"


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


def bare(data: bytes, pattern: re.Pattern[bytes]) -> int:
    """Lines that a bare loop matches, with their groups made."""
    found = 0
    for line in data.split(b"\n"):
        match = pattern.match(line)
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
        took["bare"].append(seconds(lambda: bare(data, BARE[name])))
        took["read"].append(seconds(lambda: read(data)))
        took["drain"].append(seconds(lambda: drain(sample)))
    rate = {key: (len(sample) if key == "drain" else lines) / statistics.median(values) for key, values in took.items()}
    return (
        f"{name:12} {rate['read'] / 1e6:8.2f} {rate['bare'] / 1e6:8.2f} {rate['drain'] / 1e6:8.3f} "
        f"{rate['read'] / rate['bare']:10.2f} {rate['read'] / rate['drain']:11.1f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=sorted(BARE), default=None)
    chosen = parser.parse_args()
    print(f"million lines per CPU second, one core, median of {chosen.rounds} rounds, {chosen.lines} lines")
    print(f"{'log':12} {'read':>8} {'bare re':>8} {'drain3':>8} {'x bare re':>10} {'x drain3':>11}")
    for name, write in (("nginx timed", timed), ("nginx JSON", record), ("go output", go_line)):
        if chosen.only in (None, name):
            data = "".join(write(request) + "\n" for request in requests(chosen.lines)).encode()
            print(measure(name, data, chosen.rounds), flush=True)


if __name__ == "__main__":
    main()
