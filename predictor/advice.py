"""Advice: what a build that starts now should set, and why.

The go command has no timeout, no retry and no memory, and a hung entry of its GOPROXY list never falls through
(measured), so a sick upstream must not come before a healthy one, and the deadline is the wrapper's to keep.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from predictor.errors import RemedyError

FORBIDDEN = {
    "GOSUMDB": {"off"},
    "GONOSUMDB": {"*"},
    "GONOSUMCHECK": {"1"},
    "GOINSECURE": {"*"},
}
PUBLIC = {"proxy.golang.org", "goproxy.cn", "goproxy.io", "mirrors.aliyun.com", "athens.azurefd.net"}
ENDS = {"direct", "off"}
DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class Advice:
    """What to set.

    Attributes:
        goproxy: value of GOPROXY; ``""`` leaves the build's own setting alone.
        env: all variables to set, GOPROXY among them.
        deadline_s: seconds after which the wrapper should kill the go command and start it anew.
        retries: how often.
        why: reasons, in plain words.
    """

    goproxy: str
    env: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = 600.0
    retries: int = 2
    why: Sequence[str] = ()


def advise(
    upstream: str,
    *,
    risk: float | None,
    state: str,
    warning: bool,
    warm: str = "",
    coverage: float = 0.0,
    current: str = "",
    public_fallback: bool = False,
) -> Advice:
    """Advice for builds that fetch from ``upstream``.

    Args:
        risk: 15-minute risk, None when unknown.
        state: ``ok``, ``outage`` or ``unknown``.
        warning: whether a warning is active.
        warm: GOPROXY entry of a warm store, ``""`` when there is none.
        coverage: share 0..1 of what the projects need that the warm store was proved to hold.
        current: the GOPROXY that builds use now; its entries stay, behind the warm store.
        public_fallback: the owner's word that a public proxy may stand behind a private one.
    """
    trouble = warning or state == "outage"
    if not trouble:
        reason = "no risk is known: nothing is changed" if risk is None else "no warning: nothing is changed"
        return Advice(goproxy="", why=(reason,))
    rest = reordered(current or default_entry(upstream), upstream, public_fallback)
    why = [f"an outage of {upstream} is {'under way' if state == 'outage' else 'likely soon'}"]
    if not warm:
        why.append("there is no warm store to switch to: bound the time with deadline and retries")
        if not current or rest in ("", current):
            return guarded(Advice("", {}, DEADLINE_S, 3, tuple(why)))
        why.append("the sick upstream is asked last, since a hung entry of the list never falls through")
        return guarded(Advice(rest, {"GOPROXY": rest}, DEADLINE_S, 3, tuple(why)))
    why.append(f"the warm store holds {coverage:.0%} of what the projects need, verified against go.sum")
    why.append("a module that it does not hold is asked of the entries behind it")
    goproxy = f"{warm},{rest}"  # a comma: a missing file counts as 404 and falls through, a damaged one never would
    return guarded(Advice(goproxy, {"GOPROXY": goproxy}, DEADLINE_S, 2, tuple(why)))


def reordered(current: str, sick: str, public_fallback: bool) -> str:
    """The GOPROXY list ``current`` with the sick upstream asked last, as far as privacy allows.

    Separators stay as their owner chose them. ``direct`` and ``off`` end a list, so they stay at the end. A public
    proxy behind a private one would learn private module paths: it is dropped unless the owner allowed it, and it
    is never moved before a private one.
    """
    entries = [entry.strip() for entry in re.split(r"[,|]", current) if entry.strip()]
    ends = [entry for entry in entries if entry in ENDS][:1]
    proxies = [entry for entry in entries if entry not in ENDS]
    if not public_fallback:
        proxies = _guarding_private(proxies)
    return ("|" if "|" in current else ",").join([*_asked_last(proxies, sick), *ends])


def _guarding_private(proxies: list[str]) -> list[str]:
    """The list without the public proxies that stand behind a private one."""
    first = next((i for i, entry in enumerate(proxies) if not is_public(entry)), len(proxies))
    return proxies[:first] + [entry for entry in proxies[first:] if not is_public(entry)]


def _asked_last(proxies: list[str], sick: str) -> list[str]:
    """The list with the sick upstream at its end, unless a public proxy would come before a private one by that."""
    last = [entry for entry in proxies if host_of(entry) == host_of(sick)]
    others = [entry for entry in proxies if entry not in last]
    if any(map(is_public, others)) and not all(map(is_public, last)):
        return proxies
    return others + last


def is_public(entry: str) -> bool:
    """Whether a GOPROXY entry is one of the public proxies."""
    return host_of(entry) in PUBLIC


def host_of(entry: str) -> str:
    """Host and port of a GOPROXY entry or of an upstream's name."""
    return urlsplit(entry if "://" in entry else f"https://{entry}").netloc.rpartition("@")[2]


def default_entry(upstream: str) -> str:
    """The GOPROXY entry of an upstream that is named by host alone."""
    return upstream if "://" in upstream else f"https://{upstream}"


def guarded(advice: Advice) -> Advice:
    """The advice itself, unless it would lower security.

    Raises:
        RemedyError: a variable has a value that no advice may ever carry.
    """
    for name, value in advice.env.items():
        if value in FORBIDDEN.get(name, ()) or (name == "GOFLAGS" and "-insecure" in value):
            raise RemedyError(f"advice may never set {name}={value}")
    return advice
