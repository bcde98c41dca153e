"""Failures in words that no family of the taxonomy knows: each installation has its own gateway with its own prose.

Wordings are drawn for each world from a small grammar and kept only when the readers really do not know them, so
that the novelty of a message is learnt through the same rules that rate it in production.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from predictor.causes import diagnose_message
from predictor.events import Cause
from predictor.formats.go_error import UNKNOWN
from predictor.formats.symptoms import symptom
from predictor.templates import shape
from training.simulator.engine import Trace

Ints = npt.NDArray[np.int64]

SEEN_AS = Cause.TCP_RESET  # what the taxonomy takes a request for that broke in words that nobody knows
#: Causes that a gateway tells in its own words; a status or a checksum stands for itself.
RETOLD = (
    *(Cause.HTTP_5XX, Cause.TCP_REFUSED, Cause.TCP_RESET, Cause.TCP_TIMEOUT, Cause.DNS, Cause.TLS),
    *(Cause.PROXY_HANG, Cause.HTTP2_STREAM),
)
WORLDS = 0.35  # share of worlds with such a gateway
TRIALS = 200  # bound on the draws for one wording

_WHO = (
    *("egress broker", "content relay", "artifact hub", "edge appliance", "mirror node", "transfer agent"),
    *("repository facade", "delivery tier", "outbound shim", "package vault", "site bridge", "replica set"),
)
_DID = (
    *("gave up on", "parked", "lost track of", "has no lease for", "cannot settle", "let go of", "will not take"),
    *("holds no quorum for", "is draining and skipped", "ran out of workers for", "found no route plan for"),
)
_WHAT = ("this transfer", "the object", "the session", "this leg", "the artifact", "its source", "the hand-over")
_WHY = ("", " in zone {zone}", " during failover", " while rebalancing", " under pressure", " at stage {stage}")
_MARK = ("", " (case {n})", " [ref {n}]", ", ticket={n}", "; code E{n}", " after {n} ms", " #{n}")
_CODE = ("RELAY", "HUB", "VAULT", "BROKER", "LEASE", "QUORUM", "STAGE", "TIER", "DRAIN", "SHARD", "PEER", "SLOT")
_ZONES = ("a", "b", "north", "core", "dmz", "blue", "green")
_STAGES = ("intake", "fan-out", "scan", "commit", "seal", "hand-off")


def draw(seed: int) -> tuple[tuple[str, ...], float]:
    """Wordings of a world, each with a place ``{n}`` for a number or none, and the share of failures told in them.

    Most worlds have none.
    """
    rng = np.random.default_rng([seed, 11])
    if rng.random() >= WORLDS:
        return (), 0.0
    count = int(rng.choice([1, 1, 2, 3]))
    drawn = (sentence(rng) for _ in range(TRIALS))
    fresh = tuple(
        dict.fromkeys(words for words, _ in zip((w for w in drawn if unknown(w)), range(count), strict=False))
    )
    return fresh, float(rng.choice([0.25, 0.6, 1.0]))


def sentence(rng: np.random.Generator) -> str:
    """One wording of the grammar."""

    def one(words: Sequence[str]) -> str:
        return words[int(rng.integers(len(words)))]

    mark = one(_MARK)
    if rng.random() < 0.25:
        return f"{one(_CODE)}_{one(_CODE)}{mark}: {one(_WHO)} {one(_DID)} {one(_WHAT)}"
    why = one(_WHY).format(zone=one(_ZONES), stage=one(_STAGES))
    return f"{one(_WHO)} {one(_DID)} {one(_WHAT)}{why}{mark}"


def unknown(words: str) -> bool:
    """Whether neither the go command's families nor the proxies' own rules know the wording."""
    said = words.format(n=48_213)
    found = diagnose_message(f'go: example.com/m@v1.0.0: Get "https://proxy.corp/example.com/m/@v/v1.0.0.mod": {said}')
    return found is not None and found.family in UNKNOWN and bool(symptom(said).template)


def told(trace: Trace, rows: Ints) -> Ints:
    """Number of the wording, from 1, in which each failed fetch ``rows`` (m,) is told; 0 for the usual words."""
    logged = trace.world.logged
    if not logged.strange:
        return np.zeros(len(rows), np.int64)
    retold = np.isin(trace.fetch("cause")[rows], RETOLD) & (trace.fetch("killed")[rows] == 0)
    chance = _chances(trace.world.seed, rows)
    number = 1 + (chance / max(logged.strange_share, 1e-9) * len(logged.strange)).astype(np.int64)
    return np.where(retold & (chance < logged.strange_share), number.clip(1, len(logged.strange)), 0)


def words(trace: Trace, row: int) -> str:
    """How the failed fetch ``row`` is told in the gateway's words, ``""`` when it is told in the usual ones."""
    number = int(told(trace, np.array([row]))[0])
    return trace.world.logged.strange[number - 1].format(n=10_000 + row) if number else ""


def shapes(strange: Sequence[str], *, client: bool) -> tuple[str, ...]:
    """What a reader makes of each wording: in the go command's output (``client``) or in the proxy's error log."""
    before = 'go: Get "https://proxy.corp/x": ' if client else ""
    return tuple(shape(before + said.format(n=48_213)) for said in strange)


def _chances(seed: int, rows: Ints) -> npt.NDArray[np.float64]:
    """A number in [0, 1) for each row that depends on nothing else (splitmix64, Steele et al. 2014)."""
    mixed = (rows.astype(np.uint64) + np.uint64(seed % (1 << 32))) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed >> np.uint64(11)).astype(np.float64) / float(1 << 53))
