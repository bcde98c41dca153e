"""``fetchcast backtest``: fit the model class on a public history and forecast its test part."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from predictor.files import write_whole


def backtest(
    task: Annotated[Path, typer.Option(help="Folder with input.npz, or the file itself.")],
    out: Annotated[Path, typer.Option(help="Where the forecasts go: npz with t (seconds), s (series), p.")],
    threads: Annotated[int, typer.Option(help="Threads of the fit; the same number gives the same answer.")] = 1,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while working.")] = False,
) -> None:
    """Fit on the training part of a public history, forecast its test part.

    Reads input.npz alone. What is chosen (inputs, penalty, epochs, calibration, whether to say more than the base
    rate) is chosen on held-back stretches of the training part, and printed.

    Example: fetchcast backtest --task ../shared/bench/smd8 --out preds.npz
    """
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    from training.public.backtest import backtest as run
    from training.public.task import load

    torch.set_num_threads(max(1, threads))
    # More threads than given cores wait for one another: on a busy machine that is ten times slower.
    with threadpool_limits(max(1, threads)):
        answer = run(load(task), (lambda _: None) if quiet else (lambda line: typer.echo(line, err=True)))
    body = io.BytesIO()
    np.savez_compressed(body, t=answer.t, s=answer.s, p=answer.p.astype(np.float32))
    write_whole(out, body.getvalue())
    if not quiet:
        typer.echo(json.dumps(answer.report))
