"""Series from a Prometheus server: one PromQL query per column becomes the same bins as logs do.

Each query gives what happened within one bin, evaluated at its end, labelled by upstream, such as
``sum by (upstream) (increase(fetches_total{code=~"2.."}[1m]))`` for ``ok``. Besides the columns of
``predictor.series.COLUMNS`` there are ``latency_p50``, ``latency_p90`` and ``latency_p99`` (seconds). A bin without
a sample is missing, never zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from predictor.errors import ConfigError, OutboundError
from predictor.series.bins import Bins, empty
from predictor.series.columns import BUCKETS, COLUMNS, INDEX, bucket

MAX_POINTS = 10_000  # Prometheus refuses more than 11,000 per series in one answer
MAX_SERIES = 20_000
RETRIES = 1
#: quantile column -> share of the fetches that its latency stands for
QUANTILES = {"latency_p50": 0.7, "latency_p90": 0.25, "latency_p99": 0.05}
FAILURES = ("failed", "hung")

Cells = dict[tuple[str, int], dict[str, float]]  # (upstream, bin number) -> column -> value


class PrometheusSource:
    """Reads bins from a Prometheus server through prometheus-api-client.

    Args:
        url: base URL, ``http`` or ``https``.
        queries: column -> PromQL.
        vantage: vantage of all its series.
        label: label that names the upstream.
        timeout_s: limit of one request, which is tried ``RETRIES`` times more.

    Raises:
        ConfigError: the URL or a column is wrong, or the client library is not installed.
    """

    def __init__(
        self,
        url: str,
        queries: Mapping[str, str],
        *,
        vantage: str = "prometheus",
        label: str = "upstream",
        timeout_s: float = 10.0,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ConfigError(f"prometheus.url: {url!r} is no http or https URL")
        unknown = sorted(set(queries) - set(COLUMNS) - set(QUANTILES))
        if unknown or not queries:
            raise ConfigError(f"prometheus.queries: {', '.join(unknown) or 'nothing'} is no column of a series")
        self._queries, self._vantage, self._label = dict(queries), vantage, label
        self._client = _client(url.rstrip("/"), timeout_s)

    def read(self, start: float, end: float, bin_s: int = 60) -> Bins:
        """The bins that lie within ``start`` and ``end`` (UTC seconds).

        Raises:
            OutboundError: the server cannot be reached, refuses a query, or answers what cannot be read.
        """
        first, after = int(np.ceil(start / bin_s)), int(np.floor(end / bin_s))
        if after <= first:
            return empty(bin_s)
        cells: Cells = {}
        for column, query in self._queries.items():
            for chunk in range(first, after, MAX_POINTS):
                ends = ((chunk + 1) * bin_s, min(chunk + MAX_POINTS, after) * bin_s)
                for upstream, number, value in self._samples(column, query, ends, bin_s):
                    cells.setdefault((upstream, number), {})[column] = value
        return self._bins(cells, first, after - first, bin_s)

    def _samples(
        self, column: str, query: str, ends: tuple[float, float], bin_s: int
    ) -> Iterator[tuple[str, int, float]]:
        """(upstream, bin number, value) of one query; what is not finite is no sample."""
        from prometheus_api_client.exceptions import PrometheusApiClientException
        from requests.exceptions import RequestException

        start, end = (datetime.fromtimestamp(each, UTC) for each in ends)
        try:
            answer = self._client.custom_query_range(query, start_time=start, end_time=end, step=str(bin_s))
        except PrometheusApiClientException as error:
            raise OutboundError(f"prometheus refused the query of '{column}': {str(error)[:300]}") from error
        except (RequestException, ValueError, KeyError) as error:
            raise OutboundError(f"prometheus cannot be asked for '{column}': {type(error).__name__}") from error
        for series in answer[:MAX_SERIES]:
            upstream = str(series["metric"].get(self._label, ""))
            if not upstream:
                continue
            for stamp, text in series["values"]:
                value = float(text)
                if np.isfinite(value):
                    yield upstream, round(float(stamp) / bin_s) - 1, value

    def _bins(self, cells: Cells, first: int, length: int, bin_s: int) -> Bins:
        keys = tuple((self._vantage, upstream) for upstream in sorted({upstream for upstream, _ in cells}))
        place = {upstream: number for number, (_, upstream) in enumerate(keys)}
        order = sorted(cells, key=lambda cell: (cell[1], place[cell[0]]))
        ordered = [(number, place[upstream], cells[upstream, number]) for upstream, number in order]
        counts = np.zeros((len(ordered), len(COLUMNS)), np.float32)
        latency = np.zeros((len(ordered), BUCKETS), np.float32)
        for row, (_, _, values) in enumerate(ordered):
            for column, value in _complete(values).items():
                counts[row, INDEX[column]] = max(0.0, value)
            latency[row] = spread(values, float(counts[row, INDEX["timed"]]))
        numbers = np.array([number for number, _, _ in ordered], np.int64)
        series = np.array([slot for _, slot, _ in ordered], np.int64)
        return Bins(bin_s, first, length, keys, numbers, series, counts, latency)


def spread(values: Mapping[str, float], timed: float) -> npt.NDArray[np.float32]:
    """A latency histogram (BUCKETS,) of ``timed`` fetches that has about the given quantiles in seconds."""
    histogram = np.zeros(BUCKETS, np.float32)
    known = [(values[name], share) for name, share in QUANTILES.items() if name in values]
    total = sum(share for _, share in known)
    for seconds, share in known:
        histogram[bucket(np.array([seconds], np.float64))[0]] += timed * share / total
    return histogram


def _complete(values: Mapping[str, float]) -> dict[str, float]:
    """The columns that follow from the others where no query gives them."""
    found = {name: value for name, value in values.items() if name in INDEX}
    ended = found.get("ok", 0.0) + sum(found.get(name, 0.0) for name in FAILURES)
    cached = found.get("hit", 0.0) + found.get("stale", 0.0)
    found.setdefault("uncached", max(ended - cached, 0.0))
    if any(name in values for name in QUANTILES):
        found.setdefault("timed", max(found.get("ok", 0.0) - cached, 0.0))
    found.setdefault("events", max(1.0, ended + found.get("missing", 0.0) + found.get("jobs", 0.0)))
    return found


def _client(url: str, timeout_s: float) -> Any:
    """The library's client with what it does not do by itself: a timeout, few retries, no proxy of the environment."""
    try:
        import requests
        from prometheus_api_client import PrometheusConnect
        from urllib3.util.retry import Retry
    except ModuleNotFoundError as error:
        raise ConfigError(f"prometheus needs the package '{error.name}': pip install 'fetchcast[serve]'") from error
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 3
    retry = Retry(total=RETRIES, backoff_factor=0.1, allowed_methods=None, raise_on_status=False)
    # Passed as they are: the library's own default for the timeout is to wait for ever.
    return PrometheusConnect(url=url, session=session, retry=retry, timeout=cast("int", timeout_s))
