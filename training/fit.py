"""Fits an ensemble of hazard LSTMs by truncated back-propagation with carried state.

Series run side by side in lanes and are read in chunks; the state is carried from chunk to chunk, so a network
meets while fitting what it meets in service: a stream without windows. Outages are rare, so most chunks say the
same ("nothing happens"): quiet ones may be learned from at random with the weight that corrects for it, while
their state still flows. The linear part can start at its optimum, which is a logistic regression per interval;
the recurrent part then only has to add to it, and early stopping gives the linear model back where it cannot.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.optim.swa_utils
from torch import Tensor, nn

from training.checkpoint import Arrays, Standing, read, write
from training.fitted import FittedModel
from training.lanes import Lanes
from training.linear import linear_start
from training.network import HazardLSTM, State, hazard_loss
from training.sequences import Scaler, Sequences


@dataclass(frozen=True)
class FitSettings:
    """How to fit. The defaults suit some hundred series of some thousand bins on two cores."""

    hidden: int = 32
    layers: int = 1
    members: int = 3
    epochs: int = 20
    chunk: int = 128  # rows between two detachments of the state
    lanes: int = 64  # series side by side
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3  # of the recurrent part and its head (decoupled, AdamW)
    wide_decay: float = 1e-4  # of the linear part, per row; also the L2 of its start
    dropout: float = 0.1
    focal: float = 0.0
    quiet_keep: float = 1.0  # share of chunks without a positive that are learned from
    patience: int = 4  # epochs without a better validation loss before a member stops
    clip_norm: float = 1.0
    averaging: float = 0.0  # decay per step of the running mean of the weights that is judged and kept; 0 is none
    linear_start: bool = True
    seed: int = 0
    device: str = "auto"  # "auto" takes a GPU if there is one


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a fit is; losses are nats per known row."""

    member: int
    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float


def fit(
    dataset: Sequences,
    settings: FitSettings,
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    validation: Sequences | None = None,
    checkpoint: Path | None = None,
) -> FittedModel:
    """Fit an ensemble; the same data and settings give the same arrays on one machine's CPU.

    Args:
        dataset: what is fitted on; unknown labels are NaN.
        settings: how.
        progress: called after every epoch.
        validation: decides when a member stops and which epoch is kept; None runs all epochs.
        checkpoint: file to go on from and to write after each epoch; None writes none.

    Raises:
        ArtifactError: the checkpoint is damaged or belongs to another fit.
    """
    scaler = Scaler.fit(dataset.inputs)
    train = Lanes.of(dataset, scaler)
    valid = Lanes.of(validation, scaler) if validation is not None else None
    fingerprint = _fingerprint(dataset, validation, settings)
    standing = (read(checkpoint, fingerprint) if checkpoint else None) or Standing(fingerprint)
    start = linear_start(train, settings.wide_decay) if settings.linear_start else None
    for member in range(standing.member, settings.members):
        standing.member = member
        fitter = _Fitter(len(dataset.features), dataset.horizons, start, settings, standing)
        fitter.run(train, valid, progress, checkpoint)
    return FittedModel(
        features=dataset.features,
        scaler=scaler,
        members=tuple(standing.groups[f"done{m}"] for m in range(settings.members)),
        layers=settings.layers,
        hidden=settings.hidden,
        base_rate=dataset.base_rate(),
        history=tuple(standing.history),
    )


class _Fitter:
    """One member at work; writes what it reaches into the standing."""

    def __init__(
        self,
        features: int,
        horizons: int,
        start: tuple[Tensor, Tensor] | None,
        settings: FitSettings,
        standing: Standing,
    ) -> None:
        self.settings, self.standing, self.start = settings, standing, start
        self.device = _device(settings.device)
        torch.manual_seed(settings.seed * 1000 + standing.member)
        net = HazardLSTM(features, settings.hidden, settings.layers, horizons, settings.dropout)
        if start is not None:
            net.start_at(*start)
        self.net = net.to(self.device)
        lstm, head = list(net.lstm.parameters()), list(net.head.parameters())
        self.adam = torch.optim.AdamW(
            [{"params": lstm, "weight_decay": settings.weight_decay}, {"params": head, "weight_decay": 0.0}],
            lr=settings.learning_rate,
        )
        self.mean = torch.optim.swa_utils.AveragedModel(
            self.net,
            multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(settings.averaging),  # type: ignore[no-untyped-call]
        )
        if "now" in standing.groups:
            self._load()

    def run(
        self, train: Lanes, valid: Lanes | None, progress: Callable[[Progress], None], checkpoint: Path | None
    ) -> None:
        """All epochs of this member, or until validation has stopped getting better."""
        at, limit = self.standing, self.settings
        if at.epoch == 0:
            self._keep_best(self._loss(valid) if valid is not None else float("inf"))
            at.history.append({"member": at.member, "epoch": 0, "train": float("nan"), "valid": at.best_loss})
        while at.epoch < limit.epochs and at.stale < limit.patience:
            progress(self._next_epoch(train, valid))
            if checkpoint:
                at.groups |= {"now": self._arrays(self.net), "mean": self._arrays(self.mean), "adam": self._moments()}
                write(checkpoint, at)
        at.groups[f"done{at.member}"] = at.groups.pop("best")
        for group in ("now", "mean", "adam"):
            at.groups.pop(group, None)
        at.member, at.epoch, at.stale, at.best_loss = at.member + 1, 0, 0, float("inf")
        if checkpoint:
            write(checkpoint, at)

    def _next_epoch(self, train: Lanes, valid: Lanes | None) -> Progress:
        """Fit once more; without validation every epoch counts as better than the one before it."""
        at = self.standing
        loss = self._epoch(train, at.epoch)
        at.epoch += 1
        found = self._loss(valid) if valid is not None else float("-inf")
        if valid is None or found < at.best_loss:
            self._keep_best(found)
        else:
            at.stale += 1
        at.history.append({"member": at.member, "epoch": at.epoch, "train": loss, "valid": found})
        said = found if valid is not None else float("nan")
        return Progress(at.member, at.epoch, self.settings.epochs, loss, said)

    def _keep_best(self, loss: float) -> None:
        """What the member knows now is the best so far."""
        self.standing.stale = 0
        self.standing.best_loss, self.standing.groups["best"] = loss, self._arrays(self.mean.module)

    def _epoch(self, train: Lanes, epoch: int) -> float:
        """One pass over the training series; the mean loss per known row."""
        seed = [self.settings.seed, self.standing.member, epoch]
        rng = np.random.default_rng(seed)
        torch.manual_seed(int(rng.integers(2**31)))
        self.net.train()
        total = 0.0
        for inputs, labels, weights in train.groups(self.settings.lanes, rng):
            total += self._group(inputs.to(self.device), labels.to(self.device), weights.to(self.device), rng)
        return total / train.rows

    def _group(self, inputs: Tensor, labels: Tensor, weights: Tensor, rng: np.random.Generator) -> float:
        keep, step = self.settings.quiet_keep, self.settings.chunk
        state: State | None = None
        total, start = 0.0, 0
        # The first chunk has a random length, so that the cuts fall elsewhere in every epoch.
        stop = min(int(rng.integers(step // 2, step + 1)), inputs.shape[1])
        while start < inputs.shape[1]:
            label, weight = labels[:, start:stop], weights[:, start:stop]
            loud = (torch.nan_to_num(label) > 0).any(dim=2).any(dim=1)
            kept = loud | (torch.from_numpy(rng.random(len(loud))).to(loud.device) < keep)
            weight = weight * torch.where(loud, 1.0, 1.0 / keep)[:, None] * kept[:, None]
            state, loss = self._chunk(inputs[:, start:stop], label, weight, state)
            total += loss
            start, stop = stop, min(stop + step, inputs.shape[1])
        return total

    def _chunk(self, inputs: Tensor, label: Tensor, weight: Tensor, state: State | None) -> tuple[State, float]:
        known = float((weight * torch.isfinite(label).any(dim=2)).sum())
        if known == 0:  # nothing to learn here: only the state moves on
            with torch.no_grad():
                return self.net(inputs, state)[1], 0.0
        logits, state = self.net(inputs, state)
        loss = (weight * hazard_loss(logits, label, self.settings.focal)).sum()
        wide = self.net.head.weight[:, self.net.hidden :]
        origin = 0.0 if self.start is None else self.start[0].to(wide.device)
        self.adam.zero_grad()
        torch.autograd.backward(loss / known + 0.5 * self.settings.wide_decay * ((wide - origin) ** 2).sum())
        nn.utils.clip_grad_norm_(self.net.parameters(), self.settings.clip_norm)
        self.adam.step()
        self.mean.update_parameters(self.net)
        return (state[0].detach(), state[1].detach()), float(loss.detach())

    def _loss(self, data: Lanes) -> float:
        """Mean loss per known row without dropout, each series from an empty state."""
        network = self.mean.module.eval()
        total = 0.0
        with torch.no_grad():
            for inputs, labels, weights in data.groups(self.settings.lanes, None):
                state: State | None = None
                for start in range(0, inputs.shape[1], 1024):
                    part = slice(start, start + 1024)
                    logits, state = network(inputs[:, part].to(self.device), state)
                    total += float((weights[:, part] * hazard_loss(logits.cpu(), labels[:, part])).sum())
        return total / data.rows

    @staticmethod
    def _arrays(net: nn.Module) -> Arrays:
        return {name: value.detach().cpu().numpy().copy() for name, value in net.state_dict().items()}

    def _moments(self) -> Arrays:
        return {
            f"{k}.{name}": value.detach().cpu().numpy().reshape(-1).copy()
            for k, slots in self.adam.state_dict()["state"].items()
            for name, value in slots.items()
        }

    def _load(self) -> None:
        groups = self.standing.groups
        self.net.load_state_dict({name: torch.from_numpy(array) for name, array in groups["now"].items()})
        self.mean.load_state_dict({name: torch.from_numpy(array) for name, array in groups["mean"].items()})
        slots: dict[int, dict[str, Tensor]] = {}
        parameters = [p for group in self.adam.param_groups for p in group["params"]]
        for key, array in groups["adam"].items():
            k, _, name = key.partition(".")
            shape = () if name == "step" else parameters[int(k)].shape
            slots.setdefault(int(k), {})[name] = torch.from_numpy(array).reshape(shape)
        self.adam.load_state_dict(self.adam.state_dict() | {"state": slots})


def _device(name: str) -> torch.device:
    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    return torch.device(chosen)


def _fingerprint(dataset: Sequences, validation: Sequences | None, settings: FitSettings) -> str:
    digest = hashlib.sha256(json.dumps(asdict(replace(settings, device="")), sort_keys=True).encode())
    for data in (dataset, validation):
        for part in (data.inputs, data.labels, data.weights or []) if data else []:
            for array in part:
                digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
