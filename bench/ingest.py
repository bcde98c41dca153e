"""Lines per second through ``POST /v1/logs`` into a real service: python -m bench.ingest [LINES_PER_BODY...]

Starts ``fetchcast serve`` on a free port over an empty folder, sends an nginx JSON access log in bodies of the given
sizes, and prints lines per second and the milliseconds of one body. Every body is on disk before its answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

START = 1_800_000_000
TOTAL = 60_000
RATE = 50  # requests per second of event time


def lines(first: int, count: int) -> bytes:
    """Lines ``first`` to ``first + count`` of an access log."""
    rows = []
    for n in range(first, first + count):
        stamp = datetime.fromtimestamp(START + n / RATE, UTC).isoformat(timespec="milliseconds")
        row = {
            "time": stamp,
            "uri": f"/example.com/module{n % 500}/@v/v1.{n % 7}.0.zip",
            "status": 200,
            "body_bytes_sent": 40_000 + n % 1000,
            "request_time": 0.05,
            "upstream_addr": "10.0.0.1:443",
            "upstream_cache_status": "MISS" if n % 3 else "HIT",
        }
        rows.append(json.dumps(row))
    return ("\n".join(rows) + "\n").encode()


def measure(address: str, size: int, first: int) -> tuple[float, float]:
    """Lines per second and median milliseconds of a body of ``size`` lines."""
    bodies = [lines(first + at, size) for at in range(0, TOTAL, size)][:300]
    times = []
    for body in bodies:
        began = time.perf_counter()
        with urlopen(f"{address}/v1/logs", data=body, timeout=60) as answer:  # noqa: S310 - loopback
            assert json.load(answer)["events"] == size
        times.append(time.perf_counter() - began)
    return size * len(times) / sum(times), 1000 * sorted(times)[len(times) // 2]


def main() -> None:
    """Print one line per body size."""
    sizes = [int(text) for text in sys.argv[1:]] or [100, 1000, 20_000]
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-c", "from predictor.cli import main; main()", "serve", "--port", "0"]
        argv += ["--data-dir", folder, "--clock", "event", "--log-level", "warning"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]) as service:
            assert service.stdout is not None
            address = service.stdout.readline().split()[-1]
            for i, size in enumerate(sizes):
                rate, median = measure(address, size, i * TOTAL)
                print(f"{size:>6} lines a body: {rate:>8.0f} lines/s, median {median:.1f} ms a body")
            service.terminate()


if __name__ == "__main__":
    main()
