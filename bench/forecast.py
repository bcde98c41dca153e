"""What one step of the forecaster costs, and against what.

    python bench/forecast.py [--hidden 64] [--layers 1] [--members 1] [--model FOLDER]

Prints the processor time per step for 1, 1,000 and 10,000 series, and the ratios at each size to recomputing a
window of 60 bins, to ONNX Runtime on the same step, and to the bare matrix products. One thread each; random weights
cost the same as fitted ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from predictor.features import FEATURES, FEATURES_VERSION, Features
from predictor.forecast import LstmForecaster, read_artifact
from predictor.forecast.artifact import Artifact, Manifest, Scaler, shapes
from predictor.forecast.network import Network
from predictor.protocols import FloatArray
from predictor.series import BUCKETS, COLUMNS, Frame

WINDOW = 60
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
SIZES = (1, 1_000, 10_000)


def random_artifact(layers: int, hidden: int, members: int) -> Artifact:
    """A model of the shipped shape with random weights."""
    width, rng = len(FEATURES), np.random.default_rng(0)
    manifest = Manifest(
        name="random",
        version="0",
        features=FEATURES,
        features_version=FEATURES_VERSION,
        scaler=Scaler(mean=(0.0,) * width, std=(1.0,) * width),
        layers=layers,
        hidden=hidden,
        members=members,
        calibrator=(),
        thresholds=(0.5, 0.5, 0.5),
        base_rate=(0.001, 0.003, 0.006),
    )
    weights = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes(manifest).items()}
    return Artifact(manifest, weights)


def costs(runs: dict[str, Callable[[], object]], budget_s: float = 6.0) -> dict[str, float]:
    """Lowest processor time of one call of each in seconds; they take turns, so that all see the same machine."""
    best = dict.fromkeys(runs, float("inf"))
    end = time.monotonic() + budget_s
    rounds = 0
    while rounds < 3 or time.monotonic() < end:
        for name, run in runs.items():
            start = time.thread_time()
            run()
            best[name] = min(best[name], time.thread_time() - start)
        rounds += 1
    return best


def products(artifact: Artifact, size: int) -> Callable[[], object]:
    """The bare matrix products of one step."""
    manifest, rng = artifact.manifest, np.random.default_rng(1)
    pairs = []
    for name, shape in shapes(manifest).items():
        if name.endswith(("weight", "l0", "l1")) and len(shape) == 2:
            left = rng.normal(size=(size, shape[1])).astype(np.float32)
            right = np.ascontiguousarray(artifact.weights[name].T)
            pairs.append((left, right, np.empty((size, shape[0]), np.float32)))
    return lambda: [np.matmul(left, right, out=out) for left, right, out in pairs]


def onnx_step(artifact: Artifact, size: int) -> Callable[[], object]:
    """The same network (LSTM layers and head of every member) for one step in ONNX Runtime, one thread."""
    import onnxruntime
    from onnx_step import graph

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph(artifact).SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    manifest, rng = artifact.manifest, np.random.default_rng(2)
    feed = {"x": rng.normal(size=(1, size, len(manifest.features))).astype(np.float32)}
    for name in ("h", "c"):
        for member in range(manifest.members):
            for layer in range(manifest.layers):
                feed[f"{name}{member}_{layer}"] = np.zeros((1, size, manifest.hidden), np.float32)
    return lambda: session.run(None, feed)


def frame(size: int) -> Frame:
    """A busy bin of ``size`` series."""
    rng = np.random.default_rng(3)
    counts = rng.poisson(3, (size, len(COLUMNS))).astype(np.float32)
    return Frame(6e7, counts, rng.poisson(0.2, (size, BUCKETS)).astype(np.float32), np.zeros(size, bool))


def measure(artifact: Artifact, size: int) -> dict[str, float]:
    """Seconds of everything that is compared, for one number of series."""
    rng = np.random.default_rng(4)
    keys = tuple(("default", f"host{i}.example") for i in range(size))
    inputs: FloatArray = rng.normal(size=(size, len(FEATURES))).astype(np.float32)
    forecaster, network, features = LstmForecaster(artifact), Network(artifact), Features()
    features.grow(keys)
    busy = frame(size)
    state, after = np.zeros(network.shape(size), np.float32), np.zeros(network.shape(size), np.float32)

    def window() -> None:
        fresh = np.zeros(network.shape(size), np.float32)
        spare = np.empty_like(fresh)
        for _ in range(WINDOW):
            network.step(network.scale(inputs), fresh, spare)
            fresh, spare = spare, fresh

    runs: dict[str, Callable[[], object]] = {
        "forecast": lambda: forecaster.step(keys, inputs),
        "network": lambda: network.step(inputs, state, after),
        "features": lambda: features.step(busy),
        "onnx": onnx_step(artifact, size),
        "products": products(artifact, size),
    }
    return costs(runs) | costs({"window": window}, budget_s=1.0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--members", type=int, default=1)
    parser.add_argument("--model", type=Path, help="take the shape from this model instead")
    options = parser.parse_args()
    if options.model:
        artifact = read_artifact(options.model, FEATURES, FEATURES_VERSION)
    else:
        artifact = random_artifact(options.layers, options.hidden, options.members)
    shape = artifact.manifest
    print(f"{len(FEATURES)} features, {shape.layers} x {shape.hidden} units, {shape.members} member(s), one thread")
    print(f"{'series':>7} {'forecast':>10} {'network':>10} {'features':>10} | recompute 60 bins / forecast,")
    print(f"{'':>7} {'ms':>10} {'ms':>10} {'ms':>10} | network / ONNX Runtime, network / bare products")
    for size in SIZES:
        took = measure(artifact, size)
        row = "".join(f"{took[name] * 1e3:11.3f}" for name in ("forecast", "network", "features"))
        print(
            f"{size:7d}{row} | {took['window'] / took['forecast']:6.1f}x"
            f" {took['network'] / took['onnx']:6.2f}x {took['network'] / took['products']:6.2f}x"
        )


def one_thread() -> None:
    """Run this command again with one thread for matrix products, unless it is so already."""
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        again = subprocess.run([sys.executable, *sys.argv], env=os.environ | ONE_THREAD, check=False)
        sys.exit(again.returncode)


if __name__ == "__main__":
    one_thread()
    main()
