"""The mirror: a real nginx in front of the origin, with its own configuration, folder and process.

Topologies: ``cache`` (entries live for a while), ``pass`` (no cache), ``retry`` (cache, and a failed try is repeated
once), ``stale`` (as retry, and an expired entry is served when the origin fails), ``replicas`` (two origins, retry),
``pools`` (cache; two runner pools with a mirror each, one of which has a bad way to the origin).
With a resolver nginx finds the origin by name through the laboratory's own name server.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.laboratory.dialects import COMBINED, Dialect
from training.laboratory.real_parts import LaboratoryError

TOPOLOGIES = ("cache", "pass", "retry", "stale", "replicas", "pools")
RETRY_ON = "error timeout http_500 http_502 http_503 http_504 http_429"
STALE_ON = "error timeout updating http_500 http_502 http_503 http_504 http_429"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class MirrorPlan:
    """What the mirror is and where; times in real seconds."""

    host: str
    port: int
    origins: Sequence[str]  # "address:port"
    topology: str = "cache"
    ttl_s: float = 8.0  # how long the cache keeps an entry
    read_timeout_s: float = 1.0
    connect_timeout_s: float = 0.2
    resolver: str = ""  # "address:port" of the name server; "" takes the origins by address
    bind: str = ""  # address from which it calls the origin; "" lets the system choose
    combined: bool = False  # write the combined log beside the JSON log

    @property
    def retries(self) -> bool:
        """Whether it asks a second time when the origin fails."""
        return self.topology in {"retry", "stale"}


def configuration(plan: MirrorPlan, dialect: Dialect, folder: Path, cache: Path) -> str:
    """The nginx configuration."""
    resolving, group, passing = _by_name(plan) if plan.resolver else _by_address(plan)
    retry = RETRY_ON if plan.retries or len(plan.origins) > 1 else "off"
    binding = f"\n            proxy_bind {plan.bind};" if plan.bind else ""
    combined = f"    access_log {folder}/access.log combined_timed;\n" if plan.combined else ""
    temporary = "".join(f"    {name}_temp_path {folder}/temp-{name};\n" for name in TEMPORARY)
    return f"""user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
{temporary}    log_format modules escape=json '{dialect.log_format()}';
    log_format combined_timed '{COMBINED}';
    access_log {folder}/access.json.log modules;
{combined}    proxy_cache_path {cache} levels=1:2 keys_zone=modules:8m inactive=2h max_size=400m use_temp_path=off;
    {resolving}
{group}    server {{
        listen {plan.host}:{plan.port};
        location / {{
            {passing}
            proxy_http_version 1.1;{binding}
            proxy_set_header Connection "";
            proxy_set_header Host modules-origin.internal;
            proxy_connect_timeout {plan.connect_timeout_s * 1000:.0f}ms;
            proxy_read_timeout {plan.read_timeout_s * 1000:.0f}ms;
            proxy_next_upstream {retry};
            proxy_next_upstream_tries 2;
            {_caching(plan)}
        }}
    }}
}}
"""


def _by_name(plan: MirrorPlan) -> tuple[str, str, str]:
    """(resolver, group of servers, pass) of a mirror that asks a name server for each request."""
    port = plan.origins[0].rsplit(":", 1)[1]
    return (
        f"resolver {plan.resolver} valid=1s ipv6=off;\n    resolver_timeout {plan.read_timeout_s / 2 * 1000:.0f}ms;",
        "",
        f"set $backend modules-origin.internal;\n            proxy_pass http://$backend:{port}$request_uri;",
    )


def _by_address(plan: MirrorPlan) -> tuple[str, str, str]:
    """(resolver, group of servers, pass) of a mirror that knows its origins; for a retry one stands there twice."""
    servers = list(plan.origins) * (2 if plan.retries and len(plan.origins) == 1 else 1)
    pool = "".join(f"        server {address} max_fails=0;\n" for address in servers)
    return "", f"    upstream origins {{\n{pool}        keepalive 16;\n    }}\n", "proxy_pass http://origins;"


def _caching(plan: MirrorPlan) -> str:
    if plan.topology == "pass":
        return "proxy_cache off;"
    return (
        f"proxy_cache modules;\n            proxy_cache_valid 200 {max(1, round(plan.ttl_s))}s;"
        f"\n            proxy_cache_use_stale {STALE_ON if plan.topology == 'stale' else 'off'};"
    )


class Mirror:
    """One running nginx; what it says on error.log is kept with the moment at which each line arrived."""

    def __init__(self, plan: MirrorPlan, dialect: Dialect, folder: Path, cache: Path) -> None:
        self.errors: list[tuple[float, str]] = []  # (real epoch seconds, line)
        self._plan, self._dialect, self._folder, self._cache = plan, dialect, folder, cache
        self._process: asyncio.subprocess.Process | None = None
        self._pump: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start nginx and wait until it accepts connections; does nothing when it runs.

        Raises:
            LaboratoryError: it did not within 5 s.
        """
        if self._process is not None:
            return
        config = self._folder / "nginx.conf"
        config.write_text(configuration(self._plan, self._dialect, self._folder, self._cache))
        self._process = await asyncio.create_subprocess_exec(
            "nginx",
            "-e",
            "stderr",
            "-p",
            str(self._folder),
            "-c",
            str(config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._pump = asyncio.create_task(self._listen(self._process))
        for _ in range(100):
            try:
                _, writer = await asyncio.open_connection(self._plan.host, self._plan.port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
        raise LaboratoryError("nginx did not start: " + " ".join(line for _, line in self.errors))

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None  # noqa: S101 - it was opened as a pipe
        while line := await process.stderr.readline():
            self.errors.append((time.time(), line.decode(errors="replace").rstrip("\n")))

    def reload(self) -> None:
        """Let nginx read its configuration again, as a deploy does."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGHUP)

    async def stop(self) -> None:
        """End nginx and wait for it; does nothing when it does not run."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
        await self._process.wait()
        if self._pump is not None:
            await self._pump
        self._process = None
