"""What the URLs and commands of a trace ask for, and of whom."""

from __future__ import annotations

from collections.abc import Mapping

from predictor.events import Op
from predictor.formats.go_book import Fetch
from predictor.formats.go_urls import asked_of
from predictor.formats.urls import split_url


class Asked:
    """Reads URLs; ``aliases`` are host as logged -> upstream name."""

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._aliases = aliases

    def upstream(self, url: str) -> str:
        """Whom a URL asks."""
        host, _ = split_url(url)
        return self._aliases.get(host, host)

    def fetch(self, url: str) -> Fetch:
        """What a URL asks for, the same each time that it is asked; operation ``NONE``: it is no fetch."""
        asked, (host, _) = asked_of(url), split_url(url)
        upstream = self._aliases.get(host, host)
        if asked is None:
            return Fetch(upstream, Op.NONE, "", "")
        module = f"{host}/{asked.module}".strip("/") if asked.op is Op.META else asked.module
        return Fetch(upstream, asked.op, module, asked.version)

    def repository(self, url: str, proxy: str) -> Fetch:
        """What a command of version control asks for; of ``proxy`` where ``url`` names no host."""
        host, path = split_url(url)
        if not host:
            return Fetch(proxy, Op.VCS, "", "")
        return Fetch(self._aliases.get(host, host), Op.VCS, f"{host}{path}".removesuffix(".git"), "")
