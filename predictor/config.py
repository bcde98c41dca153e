"""One TOML file becomes frozen values. Nothing else reads the environment or secrets.

Every section has defaults that work, so no file at all is a valid configuration. Components never see
these objects: only the wiring does, and hands plain arguments on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from predictor.errors import ConfigError


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all sections: frozen, and a misspelt key is an error."""


class Series(Section, frozen=True):
    """How events become series."""

    bin_s: int = 60
    late_s: int = 30  # how long a bin waits for late events before it is judged
    carry_s: int = 900  # an event that is at most this late counts in the newest bin instead
    history_min: int = 20  # younger series get the prior


class OutageRule(Section, frozen=True):
    """The definition of an outage (DESIGN.md section 2); stored with every label."""

    limit: float = 0.5  # share of builds that fail for an infrastructure cause
    bins: int = 3  # over this many bins
    fetches_per_build: float = 60.0  # n where neither jobs nor hits tell
    latency_s: float = 0.0  # 0: no latency limit


class Policy(Section, frozen=True):
    """When a risk becomes a warning, and when it stops being one."""

    threshold: float = 0.0  # 0: the threshold that was frozen with the model
    clear_ratio: float = 0.5  # a warning ends below threshold * clear_ratio
    clear_bins: int = 10  # ... for this many bins
    confirm_bins: int = 1  # bins over the threshold before a warning starts
    lapse_bins: int = 20  # a warning without an outage lapses after so many, and may start anew; 0: never
    recover_bins: int = 5  # bins in a row in state ok after which an outage is over
    smoothing: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.7  # weight of the newest bin in the risk that is judged


class Service(Section, frozen=True):
    """The HTTP service. It binds to loopback unless told otherwise."""

    host: str = "127.0.0.1"
    port: int = 8787
    token_env: str = "FETCHCAST_TOKEN"  # noqa: S105 - the name of a variable, not a secret
    data_dir: str = "~/.local/share/fetchcast"
    store: str = ""  # SQLAlchemy URL; "" is SQLite in data_dir
    max_body_mb: int = 64
    keep_days: float = 30.0  # accepted logs and polled bins stay in the store this long, three hours at the least


class Warm(Section, frozen=True):
    """The warm store: a directory in GOPROXY layout that holds verified modules."""

    dir: str = ""  # "" is data_dir/warm
    source: str = ""  # GOPROXY base URL to warm from; "" is the upstream of the decision
    allow_hosts: tuple[str, ...] = ()  # hosts of the source that may have private addresses
    projects: tuple[str, ...] = ()  # folders with go.mod and go.sum whose modules are kept warm


class Go(Section, frozen=True):
    """What the owner says about the builds."""

    proxy: str = ""  # the GOPROXY list that builds use now
    public_fallback: bool = False  # may a public proxy stand behind a private one?


class RemedySection(Section, frozen=True):
    """One remedy; dry-run until its owner says ``mode = "on"``."""

    kind: str
    mode: str = "dry-run"
    upstreams: tuple[str, ...] = ()  # () is all
    options: dict[str, Any] = {}


class NotifierSection(Section, frozen=True):
    """One channel. ``url_env`` and ``secret_env`` name variables, so that secrets stay out of the file."""

    kind: str
    url: str = ""
    url_env: str = ""
    secret_env: str = ""
    actions: tuple[str, ...] = ("warn", "outage", "recovered", "stuck")
    options: dict[str, Any] = {}


class Prometheus(Section, frozen=True):
    """Series from a Prometheus server: one PromQL query per feature column, labelled by ``upstream``."""

    url: str = ""
    vantage: str = "prometheus"
    upstream_label: str = "upstream"
    queries: dict[str, str] = {}
    timeout_s: float = 10.0


class Config(Section, frozen=True):
    """The whole configuration."""

    series: Series = Series()
    outage: OutageRule = OutageRule()
    outage_of: dict[str, OutageRule] = {}  # upstream -> its own definition
    policy: Policy = Policy()
    service: Service = Service()
    warm: Warm = Warm()
    go: Go = Go()
    prometheus: Prometheus = Prometheus()
    formats: dict[str, dict[str, str]] = {}  # format name -> our column -> field name in the log
    aliases: dict[str, str] = {}  # address or host as logged -> upstream name
    depends: dict[str, tuple[str, ...]] = {}  # upstream -> the upstreams behind it
    remedies: tuple[RemedySection, ...] = ()
    notifiers: tuple[NotifierSection, ...] = ()
    model: str = ""  # model folder; "" is the shipped one

    def data_dir(self) -> Path:
        """The folder in which the service keeps everything."""
        return Path(self.service.data_dir).expanduser()


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration from ``path``, else from ``$FETCHCAST_CONFIG``, else the defaults.

    Raises:
        ConfigError: the file is not there, not TOML, or a key or value is wrong; names file and key.
    """
    if path is None:
        named = environ.get("FETCHCAST_CONFIG", "")
        if not named:
            return Config()
        path = Path(named)
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error


def secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value of an environment variable that the configuration names; ``""`` when it names none.

    Raises:
        ConfigError: a variable is named and not set.
    """
    if not name:
        return ""
    value = environ.get(name, "")
    if not value:
        raise ConfigError(f"environment variable {name} is named in the configuration and not set")
    return value


def environment() -> dict[str, str]:
    """A copy of the process environment, for commands that hand it on to a child or read what CI set."""
    return dict(os.environ)
