"""How administrators call the fields of an access log, and what values of each field look like.

A name alone does not decide: ``ua`` is an upstream address in one log and a user agent in the next, so a
sample of the values has the last word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping

from predictor.formats import stamps

#: role -> normalised field names, the best first
_SPELLED = {
    "time": (
        "msec timemsec timeiso8601 timestamp time ts date datetime timelocal localtime eventtime "
        "requesttimestamp logtime startutc starttime start epoch t"
    ),
    "path": (
        "requesturi uri url path requestpath urlpath httppath target request requestline httpurl "
        "urloriginal httprequesturi originalpath httprequestrequesturl requesturl"
    ),
    "method": "requestmethod method httpmethod verb httprequestmethod requestverb",
    "status": (
        "status statuscode httpstatus responsecode code downstreamstatus responsestatus httpstatuscode "
        "httpresponsestatuscode sc originstatus"
    ),
    "bytes": (
        "bodybytessent bytessent bytes size responsesize bodybytes respsize downstreamcontentsize bytesout "
        "responsebytes httpresponsebodybytes length contentlength bytessentbody b"
    ),
    "latency_s": (
        "requesttime rt duration latency elapsed responsetime reqtime took timetaken requestduration "
        "requesttimes durations durationms latencyms requesttimems elapsedms durationus elapsedtime "
        "responsetimems tookms timetakenms eventduration"
    ),
    "upstream_latency_s": "upstreamresponsetime urt upstreamtime upstreamlatency backendtime upresptime ut",
    "upstream": "upstreamaddr upstream upstreamhost ua uaddr backend upaddr upstreamserver serviceaddr u",
    "upstream_status": "upstreamstatus us ustatus upstatus backendstatus uss",
    "cache": "upstreamcachestatus cachestatus cache cs ucs cachehit xcache cacheresult proxycachestatus",
    "client": "remoteaddr clientip client remoteip clientaddr ip remote clienthost clientipaddress realip",
    "host": "httphost host servername vhost server domain requesthost",
}
NAMES = {role: tuple(names.split()) for role, names in _SPELLED.items()}
_MILLI = re.compile(r"(?<!upstrea)(?:ms|millis|milliseconds)$")
_MICRO = re.compile(r"(?:_us|micros|microseconds)$", re.IGNORECASE)
_NOISE = re.compile(r"[^a-z0-9]")
_AMOUNTS = re.compile(r"^(?:-|\d*\.?\d+(?:s|ms|us|ns)?)(?:(?:, ?| : )(?:-|\d*\.?\d+))*$")
_SHAPES: dict[str, Callable[[str], object]] = {
    "time": lambda text: not math.isnan(stamps.stamp(text)),
    "path": lambda text: "/" in text and not text.startswith(("GoCommand", "Mozilla")),
    "method": re.compile(r"^[A-Z]+$").match,
    "status": re.compile(r"^\d{3}$").match,
    "bytes": re.compile(r"^(?:-|-?\d+)$").match,
    "latency_s": _AMOUNTS.match,
    "upstream_latency_s": _AMOUNTS.match,
    "upstream": re.compile(r"^(?=[^\s\"/,]*?[.:\[a-z-])[^\s\",/]*(?::/[^\s,]*)?(?:(?:, ?| : )[^\s\",]+)*$").match,
    "upstream_status": re.compile(r"^(?:-|\d{3})(?:(?:, ?| : )(?:-|\d{3}))*$").match,
    "cache": re.compile(r"^(?:-|[A-Za-z_ -]{3,30})$").match,
    "client": re.compile(r"^\S+$").match,
    "host": re.compile(r"^[A-Za-z0-9._:\[\]-]+$").match,
}
#: our column as the configuration calls it -> role
COLUMN_ROLES = {"latency": "latency_s", "uri": "path", "module": "path"}


def normal(name: str) -> str:
    """A field name without case and punctuation: ``$body_bytes_sent`` and ``bodyBytesSent`` are one."""
    return _NOISE.sub("", name.lower())


def mostly(shape: Callable[[str], object], values: Iterable[str]) -> bool:
    """Whether more than half of the sample values fit; a few damaged lines decide nothing, blanks say nothing."""
    said = [value for value in values if value not in ("", "-")]
    return 2 * sum(bool(shape(value)) for value in said) >= len(said) + (len(said) > 1)


def has_shape(role: str, values: Iterable[str]) -> bool:
    """Whether the sample values of a field fit a role; blanks fit every role."""
    return mostly(_SHAPES[role], values)


def assign(samples: Mapping[str, list[str]], chosen: Mapping[str, str]) -> dict[str, str]:
    """Role -> field name for the fields of a log.

    Args:
        samples: field name -> values seen in it, as text.
        chosen: our column or role -> field name as the configuration says; these win.
    """
    roles = {COLUMN_ROLES.get(role, role): name for role, name in chosen.items()}
    roles = {role: name for role, name in roles.items() if role in NAMES and name in samples}
    by_normal: dict[str, list[str]] = {}
    for name in samples:
        by_normal.setdefault(normal(name), []).append(name)
        if "." in name:
            by_normal.setdefault(normal(name.rpartition(".")[2]), []).append(name)
    for role, spellings in NAMES.items():
        for spelling in spellings if role not in roles else ():
            fits = [name for name in by_normal.get(spelling, ()) if name not in roles.values()]
            fits = [name for name in fits if any(samples[name]) and has_shape(role, samples[name])]
            if fits:
                roles[role] = fits[0]
                break
    return roles


def scale_of(name: str) -> float:
    """Seconds per unit of a duration, from its field's name: ``duration_ms`` counts milliseconds."""
    if _MICRO.search(name):
        return 1e-6
    return 1e-3 if _MILLI.search(name.lower()) else 1.0
