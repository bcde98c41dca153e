"""Series from a real Prometheus server, with data that was written into its store beforehand."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from predictor.assembly import pipeline
from predictor.clock import ManualClock
from predictor.config import Config, Prometheus
from predictor.errors import ConfigError, OutboundError
from predictor.journals import polled
from predictor.outage import outage_mask
from predictor.prometheus import PrometheusSource, spread
from predictor.series import BUCKETS, bucket
from predictor.stores import local_url, open_store
from tests.conftest import find_part
from tests.serve.handmade import write_model

pytest.importorskip("prometheus_api_client", reason="comes with the extra 'serve'")

START = 1_700_000_040  # a full minute
MINUTES = 30
BROKEN = range(20, 25)  # minutes in which one fetch of six fails
QUERIES = {
    "ok": 'sum by (upstream) (increase(fetches_total{code="200"}[1m]))',
    "failed": 'sum by (upstream) (increase(fetches_total{code="503"}[1m]))',
    "latency_p50": "max by (upstream) (latency_seconds)",
}


def openmetrics() -> str:
    """Counters of one upstream every ten seconds: 60 good fetches a minute, 12 failed ones in the broken minutes."""
    samples: dict[str, list[str]] = {"200": [], "503": []}
    failed = 0
    for tick in range(-6, MINUTES * 6 + 1):
        failed += 2 if (tick - 1) // 6 in BROKEN else 0
        for code, value in (("200", 10 * (tick + 7)), ("503", failed)):
            samples[code].append(f'fetches_total{{upstream="a.example",code="{code}"}} {value} {START + 10 * tick}')
    gauge = [f'latency_seconds{{upstream="a.example"}} 0.25 {START + 10 * tick}' for tick in range(MINUTES * 6 + 1)]
    lines = [
        "# TYPE fetches counter",
        *samples["200"],
        *samples["503"],
        "# TYPE latency_seconds gauge",
        *gauge,
        "# EOF",
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running Prometheus that has the samples."""
    program, tool = find_part("prometheus"), find_part("promtool")
    if program is None or tool is None:
        pytest.skip("prometheus is not installed: see 'make test-deps'")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "samples").write_text(openmetrics())
    (folder / "prometheus.yml").write_text("{}")
    make = [tool, "tsdb", "create-blocks-from", "openmetrics", str(folder / "samples"), str(folder / "data")]
    subprocess.run(make, check=True, capture_output=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            program,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={address}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(f"http://{address}/-/ready")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait(url: str) -> None:
    """Until it answers, at most half a minute."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - loopback
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("prometheus did not become ready")


@pytest.mark.real("prometheus")
def test_queries_become_the_series_that_logs_would_give(server: str) -> None:
    """Counts at the ends of bins, latency as a histogram, the vantage of the configuration."""
    bins = PrometheusSource(server, QUERIES, vantage="prod").read(START, START + 60 * MINUTES)

    assert (bins.length, bins.keys) == (MINUTES, (("prod", "a.example"),))
    assert bins.column("ok").mean() == pytest.approx(60, rel=0.05)
    assert bins.column("failed")[list(BROKEN)].mean() == pytest.approx(12, rel=0.2)
    assert bins.latency.sum(axis=0).argmax() == bucket(np.array([0.25]))[0]
    assert np.allclose(bins.column("uncached"), bins.column("ok") + bins.column("failed"))


@pytest.mark.real("prometheus")
def test_an_outage_is_read_from_them(server: str) -> None:
    """At the end of its first bin, and for three bins after its last."""
    bins = PrometheusSource(server, QUERIES).read(START, START + 60 * MINUTES)
    broken = np.flatnonzero(outage_mask(bins)[:, 0])

    assert abs(int(broken[0]) - BROKEN.start) <= 1
    assert abs(int(broken[-1]) - (BROKEN.stop + 1)) <= 1


@pytest.mark.real("prometheus")
def test_a_time_without_samples_is_missing(server: str) -> None:
    """Not zero; more than 11,000 points are asked for in parts."""
    bins = PrometheusSource(server, {"ok": QUERIES["ok"]}).read(START - 60 * 12_000, START + 600)

    assert bins.length == 12_010
    assert bins.bin.min() >= (START - 60) // 60


@pytest.mark.real("prometheus")
def test_a_query_that_prometheus_refuses_is_named(server: str) -> None:
    """By its column."""
    with pytest.raises(OutboundError, match=r"'ok'.*parse error"):
        PrometheusSource(server, {"ok": "sum by ("}).read(START, START + 60)


def test_a_server_that_cannot_be_reached_is_one_clear_error() -> None:
    """Soon, and without the URL, which may hold a password."""
    began = time.monotonic()
    with pytest.raises(OutboundError, match="ConnectionError") as error:
        PrometheusSource("http://user:secret@127.0.0.1:9", {"ok": "up"}, timeout_s=1).read(START, START + 60)

    assert "secret" not in str(error.value)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("url", "queries", "said"),
    [
        ("file:///etc", {"ok": "up"}, "no http"),
        ("http://localhost:1", {"okay": "up"}, "okay"),
        ("http://localhost:1", {}, "nothing"),
    ],
)
def test_a_wrong_configuration_is_named(url: str, queries: dict[str, str], said: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ConfigError, match=said):
        PrometheusSource(url, queries)


def test_what_the_service_was_told_is_kept_in_its_store(server: str, tmp_path: Path) -> None:
    """Whole, before it is used, so that a dataset can be built from it."""
    write_model(tmp_path)
    section = Prometheus(url=server, queries=QUERIES)
    store, clock = open_store(local_url(tmp_path)), ManualClock(START + MINUTES * 60 + 10.0)
    loop = pipeline(Config(model=str(tmp_path), prometheus=section), store, clock)
    end = time.monotonic() + 20
    while not list(store.read(polled.KIND)) and time.monotonic() < end:
        time.sleep(0.05)
    loop.close()

    kept = polled.bins_of(store.read(polled.KIND), 60, pytest.fail)
    asked = PrometheusSource(server, QUERIES).read(START, START + MINUTES * 60)
    assert len(asked.bin) == MINUTES
    np.testing.assert_array_equal(kept.counts[-MINUTES:], asked.counts)
    store.close()


def test_no_time_is_no_bins() -> None:
    """And no question."""
    assert PrometheusSource("http://localhost:1", {"ok": "up"}).read(START + 5, START + 50).length == 0


def test_quantiles_are_spread_over_a_histogram() -> None:
    """Half of the fetches at the median or below."""
    histogram = spread({"latency_p50": 0.1, "latency_p99": 5.0}, 100.0)

    assert histogram.shape == (BUCKETS,)
    assert histogram.sum() == pytest.approx(100)
    assert np.flatnonzero(histogram).tolist() == bucket(np.array([0.1, 5.0])).tolist()
