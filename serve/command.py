"""``fetchcast serve``: wires configuration, store, loop and app, binds, runs until told to stop."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer
import uvicorn

from predictor import config as configuration
from predictor.clock import ManualClock, SystemClock
from predictor.config import Config
from predictor.errors import ConfigError
from predictor.files import write_whole
from predictor.stores import local_url, open_store
from serve import logs
from serve.app import Settings, create_app
from serve.gate import is_loopback
from serve.runtime import REPLAY_S, Runtime

DRAIN_S = 10
KEEP_ALIVE_S = 15
BACKLOG = 128


def token_of(settings: configuration.Service, *, named: bool) -> str:
    """The token that clients must show, ``""`` when none is needed.

    Args:
        settings: the service's section; ``token_env`` names the variable.
        named: whether the owner named the variable on purpose, so that it must be set.

    Raises:
        ConfigError: it is missing although the service can be reached from other machines.
    """
    try:
        return configuration.secret(settings.token_env)
    except ConfigError as error:
        if is_loopback(settings.host) and not named:
            return ""
        reason = f"binding to {settings.host} needs a token: set the environment variable {settings.token_env}"
        raise ConfigError(reason) from error


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        ConfigError: the address cannot be used.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise ConfigError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return bound


class _Server(uvicorn.Server):
    """Says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def run(runtime: Runtime, settings: Settings, bound: socket.socket, ready_file: Path | None = None) -> None:
    """Serve on ``bound`` until SIGTERM or SIGINT; requests under way get ``DRAIN_S`` seconds to end.

    Standard output gets one line, ``listening on http://HOST:PORT``, once requests are answered; ``ready_file``
    gets the address alone.
    """
    host, port = bound.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def tell() -> None:
        if ready_file is not None:
            write_whole(ready_file, f"{address}\n")
        sys.stdout.write(f"listening on {address}\n")
        sys.stdout.flush()

    options = uvicorn.Config(
        create_app(runtime, settings),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=DRAIN_S,
    )
    # uvicorn raises the signal again once it has drained; without this the process would then die of it.
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        runtime.start()
        _Server(options, tell).run(sockets=[bound])
    finally:
        runtime.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


def overridden(config: Config, **given: object) -> Config:
    """The configuration with the options of the command line over the service's section; None keeps what is there."""
    changed = {name: value for name, value in given.items() if value is not None}
    return msgspec.structs.replace(config, service=msgspec.structs.replace(config.service, **changed))


def runtime_of(config: Config, *, event_time: bool) -> Runtime:
    """Store, pipeline and clocks of a configuration.

    Raises:
        ConfigError, StoreError, ArtifactError: a part cannot be opened.
    """
    from predictor.assembly import advisor, pipeline

    store = open_store(config.service.store or local_url(config.data_dir()))
    event_clock = ManualClock() if event_time else None
    loop = pipeline(config, store, event_clock or SystemClock())
    keep_s = max(REPLAY_S, config.service.keep_days * 86400.0)
    return Runtime(loop, store, SystemClock(), advisor=advisor(config, store), event_clock=event_clock, keep_s=keep_s)


def mode_of(config: Config) -> str:
    """``on`` when a remedy may act for real, else ``dry-run``."""
    return "on" if any(remedy.mode == "on" for remedy in config.remedies) else "dry-run"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; other than loopback needs a token.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file; default $FETCHCAST_CONFIG.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder in which everything is kept.")] = None,
    token_env: Annotated[str | None, typer.Option(help="Environment variable that holds the token.")] = None,
    clock: Annotated[Literal["wall", "event"], typer.Option(help="Time of the machine, or of the logs.")] = "wall",
    ready_file: Annotated[Path | None, typer.Option(help="File that gets the address once it answers.")] = None,
    log_level: Annotated[Literal["debug", "info", "warning", "error"], typer.Option(help="Least level.")] = "info",
) -> None:
    """Run the service: take logs in, forecast, answer builds, show the dashboard.

    \b
    Examples:
      fetchcast serve                              loopback, port 8787
      fetchcast serve --port 0 --data-dir ./state  a free port, printed
      fetchcast serve --host 0.0.0.0               needs $FETCHCAST_TOKEN
      fetchcast serve --clock event                time follows the logs
    """
    logs.set_up(log_level)
    folder = None if data_dir is None else str(data_dir)
    settled = overridden(configuration.load(config), host=host, port=port, data_dir=folder, token_env=token_env)
    section = settled.service
    token = token_of(section, named=token_env is not None)
    bound = bind(section.host, section.port)
    runtime = runtime_of(settled, event_time=clock == "event")
    settings = Settings(token=token, max_body=section.max_body_mb << 20, mode=mode_of(settled))
    run(runtime, settings, bound, ready_file)
