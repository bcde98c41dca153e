"""A model made by hand, so that a test knows what it must say: the more fetches fail, the higher the risk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from predictor.features import FEATURES, FEATURES_VERSION
from predictor.forecast.artifact import Manifest, Scaler, shapes, write_artifact

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC).timestamp()


def write_model(folder: Path) -> None:
    """A model whose hazards grow with the share of failing fetches alone."""
    manifest = Manifest(
        name="by-hand",
        version="1",
        features=FEATURES,
        features_version=FEATURES_VERSION,
        scaler=Scaler(mean=tuple(-7.0 * (name == "fail_1") for name in FEATURES), std=(1.0,) * len(FEATURES)),
        layers=1,
        hidden=2,
        members=1,
        calibrator=(),
        thresholds=(0.5, 0.5, 0.5),
        base_rate=(0.01, 0.02, 0.03),
    )
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes(manifest).items()}
    weights["m0.head.bias"][:] = -1.0
    weights["m0.head.weight"][:, 2 + FEATURES.index("fail_1")] = 4.0
    write_artifact(folder, weights, manifest)


def minute(number: int, failing: float = 0.0, requests: int = 60, upstream: str = "proxy.example:443") -> bytes:
    """One minute of an nginx access log in JSON, of which a share ``failing`` is answered with 502."""
    rows = []
    for i in range(requests):
        bad = i < failing * requests
        stamp = datetime.fromtimestamp(START + 60 * number + i * 60 / requests, UTC)
        row = {
            "time": stamp.isoformat(timespec="milliseconds"),
            "uri": f"/example.com/module{i}/@v/v1.0.{number}.zip",
            "status": 502 if bad else 200,
            "body_bytes_sent": 150 if bad else 40_000,
            "request_time": 0.05,
            "upstream_addr": upstream,
            "upstream_cache_status": "MISS",
        }
        rows.append(json.dumps(row))
    return ("\n".join(rows) + "\n").encode()
