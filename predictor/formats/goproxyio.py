"""goproxy.io: two lines a request, ``goproxy.io: ------ --- /path [proxy]`` and ``goproxy.io: 1.234s 404 /path``.

No line has a time: a wrapper's stamp is the only one. The routing line says if the cache answered.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque

from predictor.events import Cache, Cause
from predictor.formats import columns, urls
from predictor.formats.access import TIMEOUT_S, of_status
from predictor.formats.lines import Line, LineParser
from predictor.protocols import Parser, Source

_ROUTE = re.compile(r"goproxy\.io: -+ -+ (?P<path>\S+) \[(?P<mode>\w+)\]")
_DONE = re.compile(r"goproxy\.io: +(?P<took>[\d.]+(?:ms|µs|us|ns|m|s)) +(?P<status>\d{3}) +(?P<path>\S+)")
_MODES = {"proxy": Cache.MISS, "cached": Cache.HIT, "direct": Cache.BYPASS}
_HEAD = re.compile(rb"(?m)goproxy\.io: (?:-+ -+|[\d.]+\S{0,3}s +\d{3}) ")
MAX_OPEN = 10_000  # paths with open requests
MAX_ALIKE = 100  # open requests for one path


class GoproxyIoParser(LineParser):
    """Joins routing and result lines by path."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self._routes: OrderedDict[str, deque[Cache]] = OrderedDict()  # of the requests that have no result yet

    def line(self, line: Line) -> None:
        """A result line gives an event."""
        route = _ROUTE.search(line.text)
        if route:
            waiting = self._routes.setdefault(route["path"], deque(maxlen=MAX_ALIKE))
            waiting.append(_MODES.get(route["mode"], Cache.NONE))
            if len(self._routes) > MAX_OPEN:
                self._routes.popitem(last=False)
            return
        done = _DONE.search(line.text)
        found = urls.parse_path(done["path"]) if done else None
        if not done or not found:
            return
        status, latency = int(done["status"]), columns.number(done["took"])
        outcome, cause = of_status(status)
        self.emit(
            "",
            time=line.stamp,
            op=found.op,
            module=found.module,
            version=found.version,
            outcome=outcome,
            cause=Cause.PROXY_HANG if status == 504 and latency >= TIMEOUT_S else cause,
            status=status,
            latency_s=latency,
            cache=self._cache(done["path"]),
            line=line.number,
        )

    def _cache(self, path: str) -> Cache:
        """What the routing line of the oldest open request for ``path`` said."""
        waiting = self._routes.get(path)
        if not waiting:
            return Cache.NONE
        cache = waiting.popleft()
        if not waiting:
            del self._routes[path]
        return cache


class GoproxyIo:
    """goproxy.io's log."""

    name = "goproxyio"

    def sniff(self, head: bytes) -> float:
        """Share of its two shapes."""
        return 0.95 * min(1.0, len(_HEAD.findall(head)) / max(head.count(b"\n"), 1))

    def parser(self, source: Source) -> Parser:
        """A fresh parser for one log."""
        return GoproxyIoParser(source)


FORMAT = GoproxyIo()
