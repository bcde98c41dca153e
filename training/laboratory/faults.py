"""What can go wrong, as data: kinds of fault, and the shape in which one comes and goes.

A fault has a strength that moves between ``low`` and ``high`` in the kind's own unit: a share of requests, seconds
of delay, or a share of the origin's slots that is lost. A ramp grows geometrically, because real trouble does:
most of its time passes while it is still small.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SHAPES = ("step", "ramp", "flap")
CONTENT_OPS = ("list", "latest", "info", "mod", "zip", "sumdb")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault: where it acts, its unit, how strong it gets, and its cause in the taxonomy."""

    name: str
    cause: str
    where: str  # origin | dns | listener | mirror | disk | vcs
    unit: str  # share | seconds (log time) | slots
    low: float
    high: float
    summary: str
    also: tuple[str, ...] = ()  # other causes that the same fault legitimately shows in a log
    ops: tuple[str, ...] = ()  # () is every op


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "latency", "proxy_hang", "origin", "seconds", 0.3, 90.0, "the origin answers later and later", ("http_5xx",)
        ),
        Kind(
            "slots", "proxy_hang", "origin", "slots", 0.2, 0.97, "worker slots are lost, requests queue", ("http_5xx",)
        ),
        Kind("http_500", "http_5xx", "origin", "share", 0.002, 0.5, "500 Internal Server Error"),
        Kind("http_502", "http_5xx", "origin", "share", 0.002, 0.5, "502 Bad Gateway"),
        Kind("http_503", "http_5xx", "origin", "share", 0.002, 0.5, "503 Service Unavailable"),
        Kind("http_429", "http_429", "origin", "share", 0.002, 0.6, "429 Too Many Requests with Retry-After"),
        Kind("http_403", "http_403_401_auth", "origin", "share", 0.005, 0.5, "403 Forbidden"),
        Kind("not_found", "http_404_410_missing", "origin", "share", 0.005, 1.0, "404 for modules that are there"),
        Kind("hang", "proxy_hang", "origin", "share", 0.002, 0.6, "accepts and never answers", ("http_5xx",)),
        Kind(
            "hang_body", "proxy_hang", "origin", "share", 0.003, 0.6, "half a body, then silence", ("truncated_body",)
        ),
        Kind("reset", "tcp_reset", "origin", "share", 0.003, 0.6, "RST before the answer", ("http_5xx",)),
        Kind("reset_body", "tcp_reset", "origin", "share", 0.003, 0.6, "RST in mid-body", ("truncated_body",)),
        Kind("truncate", "truncated_body", "origin", "share", 0.003, 0.6, "the body ends early"),
        Kind("drip", "proxy_hang", "origin", "share", 0.01, 0.9, "a few bytes a second", ("truncated_body",)),
        Kind("corrupt", "checksum_mismatch", "origin", "share", 0.003, 0.6, "flipped bytes in zips", (), ("zip",)),
        Kind(
            "wrong_content",
            "checksum_mismatch",
            "origin",
            "share",
            0.003,
            0.6,
            "a valid zip of other content",
            (),
            ("zip",),
        ),
        Kind(
            "html_200",
            "truncated_body",
            "origin",
            "share",
            0.003,
            0.6,
            "an HTML page with status 200",
            ("checksum_mismatch",),
        ),
        Kind(
            "empty_200",
            "truncated_body",
            "origin",
            "share",
            0.003,
            0.6,
            "an empty body with status 200",
            ("checksum_mismatch",),
        ),
        Kind("dns_timeout", "dns", "dns", "share", 0.02, 1.0, "the resolver does not answer", ("http_5xx",)),
        Kind("dns_servfail", "dns", "dns", "share", 0.02, 1.0, "the resolver answers SERVFAIL", ("http_5xx",)),
        Kind("dns_nxdomain", "dns", "dns", "share", 0.02, 1.0, "the resolver answers NXDOMAIN", ("http_5xx",)),
        Kind(
            "refused",
            "tcp_refused",
            "listener",
            "share",
            0.02,
            1.0,
            "nothing listens at the origin's port",
            ("http_5xx",),
        ),
        Kind("mirror_down", "tcp_refused", "mirror", "share", 0.05, 1.0, "nothing listens at the mirror's port"),
        Kind("vcs_refused", "vcs_unreachable", "vcs", "share", 0.02, 1.0, "the version control host is down"),
        Kind(
            "vcs_hang",
            "vcs_unreachable",
            "vcs",
            "share",
            0.02,
            1.0,
            "the version control host never answers",
            ("proxy_hang",),
        ),
        Kind(
            "disk_full",
            "disk",
            "disk",
            "share",
            0.3,
            1.0,
            "the mirror's cache disk fills up",
            ("truncated_body", "tcp_reset"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a recording. Times are log minutes from its beginning."""

    kind: str
    shape: str
    onset: float
    end: float
    rise: float = 0.0  # a ramp reaches ``high`` this many minutes after onset
    low: float = 0.0
    high: float = 1.0
    ops: tuple[str, ...] = ()
    side: int = -1  # the replica that is sick, or the pool that is hit; -1 is all of them
    bursts: tuple[tuple[float, float], ...] = field(default=())  # of a flap: (from, to) in minutes

    def level(self, minute: float) -> float:
        """Strength at ``minute`` in the kind's unit, 0.0 when the fault is not there."""
        if not self.onset <= minute < self.end:
            return 0.0
        if self.shape == "flap":
            return self.high if any(start <= minute < stop for start, stop in self.bursts) else 0.0
        if self.shape == "ramp" and self.rise > 0:
            progress = min(1.0, (minute - self.onset) / self.rise)
            return float(self.low * (self.high / self.low) ** progress)
        return self.high


def bursts(rng: random.Random, onset: float, end: float) -> tuple[tuple[float, float], ...]:
    """On-times of a flapping fault: short and far apart first, longer and closer later."""
    found = []
    minute = onset
    while minute < end:
        progress = (minute - onset) / (end - onset)
        length = rng.uniform(0.4, 1.0) + 4.0 * progress
        found.append((minute, min(end, minute + length)))
        minute += length + rng.uniform(2.0, 5.0) * (1.2 - progress)
    return tuple(found)
