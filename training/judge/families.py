"""Which kinds of fault belong together, so that none is held out while its twin is learned from.

A simulated ``errors_ramp`` and a recorded ``http_503`` are one mechanism under two names; leaving out one of them
would say nothing. A disturbance that builds mostly survive is learned from like any other history; only where an
outage came of it does the history go with the family of its mechanism.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from training.dataset.records import Record

#: family -> kinds of fault, of the simulator and of the laboratory
FAULTS: dict[str, tuple[str, ...]] = {
    "slow": ("latency_ramp", "capacity_loss", "load_growth", "latency", "slots", "load"),
    "5xx": ("errors_ramp", "errors_cut", "http_500", "http_502", "http_503"),
    "429": ("throttling", "http_429"),
    "reset or truncated": ("resets", "truncation", "reset", "reset_body", "truncate", "html_200", "empty_200"),
    "hanging": ("hang_share", "hang", "hang_body", "drip", "vcs_hang"),
    "unreachable": (
        *("dns_flaky", "dns_dead", "dns_timeout", "dns_servfail", "dns_nxdomain"),
        *("refused_share", "refused", "tls_expired", "mirror_down", "vcs_refused"),
    ),
    "denied, lost or corrupt": (
        *("auth_share", "lost_share", "corrupt_share", "corrupt"),
        *("http_403", "not_found", "wrong_content"),
    ),
    "disk": ("disk_full",),
}
#: family -> disturbances that few builds break of
DISTURBANCES: dict[str, tuple[str, ...]] = {
    "slow": ("load_spike", "cold_cache", "nightly_batch", "slow_but_fine", "latency_wobble"),
    "5xx": ("errors_wobble", "small_errors"),
    "unreachable": ("deploy_blip",),
}
#: the family "slow" by what slows: one symptom, three mechanisms
MECHANISMS: dict[str, tuple[str, ...]] = {
    "slow: service": ("latency_ramp", "latency", "slow_but_fine", "latency_wobble"),
    "slow: capacity": ("capacity_loss", "slots"),
    "slow: load": ("load_growth", "load", "load_spike", "cold_cache", "nightly_batch"),
}
#: no fault of an upstream: an outage during one has another reason, which nobody knows
NEITHER = frozenset({"", "quiet", "log_gap", "bad_module", "bad_module_storm", "user_errors", "user_error_storm"})
BENIGN = "benign:"

_FAULT = {kind: family for family, kinds in FAULTS.items() for kind in kinds}
_DISTURBANCE = {kind: family for family, kinds in DISTURBANCES.items() for kind in kinds}
_MECHANISM = {kind: mechanism for mechanism, kinds in MECHANISMS.items() for kind in kinds}


def families_of(kind: str) -> frozenset[str]:
    """The families of what an outage came of.

    Args:
        kind: as labels say it, ``KIND[:OP,OP][+KIND...]``. One that no table names is a family of its own: people
            name the kinds of their own incidents as they like.
    """
    return frozenset(_family(part) for part in _parts(kind) if part not in NEITHER)


def mechanisms_of(kind: str) -> frozenset[str]:
    """As :func:`families_of`, the family "slow" taken apart by mechanism."""
    return frozenset(_MECHANISM.get(part) or _family(part) for part in _parts(kind) if part not in NEITHER)


def acting(record: Record, named: Callable[[str], frozenset[str]] = families_of) -> frozenset[str]:
    """The families of all faults that acted in the history of a record, whether or not builds broke of them.

    Args:
        record: any series of the history.
        named: the families, or the mechanisms, of a kind.
    """
    faults = [part for part in _parts(record.kind.removeprefix(BENIGN)) if part in _FAULT]
    if not record.kind.startswith(BENIGN):
        faults += [record.kind, *record.faults]
    return frozenset().union(*map(named, faults), *(named(event.kind) for event in record.events))


def _parts(kind: str) -> Iterator[str]:
    """The single kinds of a label, without the operations that they hit."""
    for part in kind.split("+"):
        yield part.partition(":")[0]


def _family(part: str) -> str:
    return _FAULT.get(part) or _DISTURBANCE.get(part) or part
