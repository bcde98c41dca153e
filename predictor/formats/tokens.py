"""Guesses the layout of a text access log from a sample of its lines.

A line is cut into tokens: bare, quoted, in brackets, with a ``key=`` or without. Lines with the same shape share a
layout; names, where there are any, and the sampled values say which role each token has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from predictor.formats import spellings
from predictor.formats.columns import number, tries_of
from predictor.formats.layout import Layout

MAX_LAYOUTS = 4
MAX_LINE = 8192
_IPV6 = r"\[[0-9a-fA-F:.]+\]:\d{1,5}"  # its brackets are no box
_TOKEN = re.compile(
    r"(?P<lead>\s*)(?P<key>[A-Za-z_$][\w.$-]*(?:=(?=\S)|:(?: |(?=[\"\[]))))?"
    rf"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?!{_IPV6})\[(?P<boxed>[^\]]*)\]|"
    rf"(?P<bare>(?:{_IPV6}|[^\s\"\[,]+)(?:(?:, | : )(?:{_IPV6}|[^\s\"=\[,]+)(?=[\s,\"]|$))*))"
    r"(?P<tail>[,;|]?)"
)
_REQUEST = re.compile(r"^(?:GET|HEAD|POST|PUT|OPTIONS|CONNECT|PURGE|DELETE|PATCH) \S+(?: HTTP/[\d.]+)?$")
_FLOATS = re.compile(r"^(?:-|\d+\.\d+)(?:(?:, ?| : )(?:-|\d+\.\d+))*$")
_ADDRESS = re.compile(r"^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}$|^unix:/\S+$")
_NAME = re.compile(r"^[A-Za-z](?:[^\W_]|-)*(?:[._]+(?:[^\W_]|-)+)+$")  # the classes share no byte: linear
_CLIENT = re.compile(r"^[\da-fA-F]*[.:][\da-fA-F.:]+$")
_CACHES = {"HIT", "MISS", "EXPIRED", "STALE", "UPDATING", "REVALIDATED", "BYPASS", "SCARCE"}


class Token(NamedTuple):
    """One field of a line: what stands around the value, and the value."""

    before: str
    value: str
    after: str
    key: str


def tokens(line: str) -> list[Token] | None:
    """The fields of a line, None when it cannot be cut cleanly."""
    found, at = [], 0
    line = line.rstrip()
    while at < len(line):
        match = _TOKEN.match(line, at)
        if not match or match.end() == at:
            return None
        kind = next(name for name in ("quoted", "boxed", "bare") if match[name] is not None)
        before, after = line[at : match.start(kind)], line[match.end(kind) : match.end()]
        found.append(Token(before, match[kind], after, (match["key"] or "").strip('"=: ')))
        at = match.end()
    return found


def guess(sample: bytes, chosen: Mapping[str, str]) -> list[Layout]:
    """Layouts of the lines of ``sample``, the most frequent first; none for lines without path and status.

    Args:
        chosen: our column -> key as the configuration says.
    """
    return list(_guess(sample, tuple(chosen.items())))


@lru_cache(maxsize=4)  # a log is recognised by the lines that its parser is then made from
def _guess(sample: bytes, chosen: tuple[tuple[str, str], ...]) -> Sequence[Layout]:
    shapes: dict[tuple[str, ...], list[list[Token]]] = {}
    for raw in sample.splitlines():
        line = raw[:MAX_LINE].decode("utf-8", "replace")
        cut = tokens(line)
        if cut:
            shapes.setdefault(tuple(part for token in cut for part in (token.before, token.after)), []).append(cut)
    layouts = []
    for rows in sorted(shapes.values(), key=len, reverse=True):
        columns = [[row[i].value for row in rows] for i in range(len(rows[0]))]
        roles = _roles([token.key for token in rows[0]], columns, dict(chosen))
        if {"request", "path"} & set(roles.values()) and "status" in roles.values():
            layouts.append(_layout(rows[0], roles))
        if len(layouts) == MAX_LAYOUTS:
            break
    return tuple(layouts)


def _layout(shape: Sequence[Token], roles: dict[int, str]) -> Layout:
    template, scale = "", 1.0
    for i, token in enumerate(shape):
        role = roles.get(i, "")
        if role == "upstream_latency_s" and "latency_s" in roles.values():
            role = "tries"  # only of use where the request's own duration is missing
        slot = "{method} {path}{proto}" if role == "request" else f"{{{role}}}"
        if role == "latency_s":
            scale = spellings.scale_of(token.key)
        template += token.before.replace("{", "").replace("}", "") + slot + token.after
    return Layout(template, scale=scale)


def _roles(keys: Sequence[str], columns: Sequence[list[str]], chosen: dict[str, str]) -> dict[int, str]:
    """Role of each token by index."""
    keyed = {key: column for key, column in zip(keys, columns, strict=True) if key}
    by_name = spellings.assign(keyed, chosen)
    roles = {keys.index(name): role for role, name in by_name.items()}
    for i, column in enumerate(columns):
        if _is(_REQUEST, column):
            roles = {at: role for at, role in roles.items() if role not in ("path", "method")} | {i: "request"}
            break
    free = [i for i in range(len(columns)) if i not in roles and not keys[i]]
    taken = set(roles.values())
    request = next((i for i, role in roles.items() if role in ("request", "path")), -1)
    _claim(roles, taken, "time", [i for i in free if _says("time", columns[i])])
    _claim(roles, taken, "client", [i for i in free if i < 3 and _is(_CLIENT, columns[i])])
    after = [i for i in free if i > request and i not in roles]
    _claim(roles, taken, "status", [i for i in after if _says("status", columns[i])])
    status = next((i for i, role in roles.items() if role == "status"), -1)
    _claim(roles, taken, "bytes", [i for i in after if i == status + 1 and _says("bytes", columns[i])])
    _tail(roles, taken, [i for i in after if i not in roles and i > status], columns)
    return roles


def _tail(roles: dict[int, str], taken: set[str], free: list[int], columns: Sequence[list[str]]) -> None:
    """Roles of bare columns behind the status: durations, upstream, its status, cache."""
    said = {i: [value for value in columns[i] if value not in ("", "-")] for i in free}
    floats = [i for i in free if _is(_FLOATS, columns[i])]
    # The request lasts at least as long as its upstream part, and is always logged: the larger sum is the request.
    floats.sort(key=lambda i: -sum(number(value) for value in said[i]))
    _claim(roles, taken, "latency_s", floats)
    _claim(roles, taken, "upstream_latency_s", [i for i in floats if i not in roles])
    words = [i for i in free if said[i] and i not in roles]
    _claim(roles, taken, "cache", [i for i in words if spellings.mostly(_CACHES.__contains__, said[i])])
    _claim(roles, taken, "upstream_status", [i for i in words if spellings.has_shape("upstream_status", said[i])])
    addresses = [i for i in words if spellings.mostly(lambda value: _ADDRESS.match(tries_of(value)[-1]), said[i])]
    names = [i for i in words if _is(_NAME, said[i])]
    _claim(roles, taken, "upstream", addresses + names)


def _is(shape: re.Pattern[str], values: Sequence[str]) -> bool:
    return any(value not in ("", "-") for value in values) and spellings.mostly(shape.match, values)


def _says(role: str, values: Sequence[str]) -> bool:
    return any(value not in ("", "-") for value in values) and spellings.has_shape(role, values)


def _claim(roles: dict[int, str], taken: set[str], role: str, candidates: Sequence[int]) -> None:
    free = [i for i in candidates if i not in roles]
    if role not in taken and free:
        roles[free[0]] = role
        taken.add(role)
