"""The wiring: the one place that turns a configuration into parts, so that parts take plain arguments."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from predictor.advice import Advice, advise
from predictor.clock import Clock
from predictor.config import Config, NotifierSection, RemedySection, secret
from predictor.decide.actor import Actor, Armed
from predictor.decide.policy import Policy
from predictor.engine import Engine
from predictor.errors import FetchcastError
from predictor.forecast import load_model
from predictor.http import Outbound
from predictor.notify import build as build_notifier
from predictor.notify.outbox import Outbox
from predictor.outage import Rule
from predictor.pipeline import Hands, Naming, Pipeline, Status
from predictor.poller import Poller
from predictor.prometheus import PrometheusSource
from predictor.protocols import Decision, Notifier, Store
from predictor.remedies import build as build_remedy
from predictor.remedies import gosum
from predictor.remedies.advice import KIND as SWITCH
from predictor.remedies.gosum import GoSum
from predictor.remedies.warm_store import WarmStore

LIVE_BINS = 720  # half a day: more history than a forecast needs, walked in seconds
_LOG = logging.getLogger("fetchcast.hands")

RETRY_S = 1.0  # how often the outbox looks for what is due
CLOSE_S = 10.0  # bound on finishing at a stop


class WorkingHands(Hands):
    """Carries decisions out on one thread of its own, in their order; looks after the outbox in between."""

    def __init__(self, actor: Actor, outbox: Outbox) -> None:
        self._actor, self._outbox = actor, outbox
        self.fault = ""  # why the last decision could not be carried out, "" when it could
        self._queue: queue.Queue[Decision | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="fetchcast-hands", daemon=True)
        self._thread.start()

    def take(self, decision: Decision) -> None:
        """Queue it; the outbox entry is on disk when this returns."""
        self._outbox.put(decision)
        self._queue.put(decision)

    def close(self) -> None:
        """Finish the queue within ``CLOSE_S`` seconds; what is left in the outbox goes out after a restart."""
        self._queue.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            try:
                decision = self._queue.get(timeout=RETRY_S)
                if decision is None:
                    return
                self._carry_out(decision)
            except queue.Empty:
                self._carry_out(None)

    def _carry_out(self, decision: Decision | None) -> None:
        try:
            self._outbox.deliver()  # people are told before a remedy takes its time
            if decision is not None:
                self._actor.on(decision)
            self.fault = ""
        except FetchcastError as error:  # one decision that cannot be kept must not stop the next
            if self.fault != str(error):
                _LOG.error("a decision could not be carried out: %s", error)
            self.fault = str(error)


def pipeline(config: Config, store: Store, clock: Clock) -> Pipeline:
    """The whole loop of an installation.

    Raises:
        ConfigError: a remedy or notifier is configured wrongly.
        ArtifactError: the model cannot be loaded.
    """
    forecaster = load_model(Path(config.model).expanduser() if config.model else None)
    engine = Engine(
        forecaster,
        bin_s=config.series.bin_s,
        late_s=config.series.late_s,
        history_min=config.series.history_min,
        rule=rule_of(config.outage),
        rule_of={name: rule_of(rule) for name, rule in config.outage_of.items()},
        depends=config.depends,
        carry_s=config.series.carry_s,
        max_bins=LIVE_BINS,
    )
    hands = WorkingHands(
        Actor([armed(section, config, store) for section in config.remedies], store, clock),
        Outbox(dict(notifier(section, i) for i, section in enumerate(config.notifiers)), store, clock),
    )
    naming = Naming(config.aliases, config.formats)
    loop = Pipeline(engine, policy(config, forecaster.threshold), store, hands, forecaster.name, naming)
    if config.prometheus.url:
        loop.feeds.append(poller(config, loop, clock).stop)
    return loop


def poller(config: Config, loop: Pipeline, clock: Clock) -> Poller:
    """What asks the configured Prometheus server; it is running when this returns."""
    section = config.prometheus
    source = PrometheusSource(
        section.url,
        section.queries,
        vantage=section.vantage,
        label=section.upstream_label,
        timeout_s=section.timeout_s,
    )
    asking = Poller(source, loop.put, clock, config.series.bin_s)
    asking.start()
    return asking


def policy(config: Config, threshold: float) -> Policy:
    """The owner's policy; the model's frozen ``threshold`` where the owner names none."""
    section = config.policy
    return Policy(section.threshold or threshold, section.clear_ratio, section.clear_bins, section.confirm_bins)


def rule_of(section: Any) -> Rule:
    """The outage definition of a configuration section."""
    return Rule(section.limit, section.bins, section.fetches_per_build, section.latency_s)


def warm_dir(config: Config) -> Path:
    """The folder of the warm store."""
    return Path(config.warm.dir).expanduser() if config.warm.dir else config.data_dir() / "warm"


def armed(section: RemedySection, config: Config, store: Store) -> Armed:
    """A remedy of the configuration; ``warm`` and ``advice`` take what the section leaves out from ``[warm]``."""
    options: dict[str, Any] = dict(section.options)
    if section.kind == "warm":
        options = {
            "dir": str(warm_dir(config)),
            "projects": list(config.warm.projects),
            "source": config.warm.source,
            "allow_hosts": list(config.warm.allow_hosts),
            **options,
        }
    if section.kind == "advice":
        kept = WarmStore(warm_dir(config), Outbound())
        options = {"store": store, "goproxy": kept.goproxy, "coverage": lambda: coverage(config, kept), **options}
    return Armed(build_remedy(section.kind, options), section.mode, section.upstreams)


def coverage(config: Config, kept: WarmStore) -> float:
    """Share 0..1 of what the configured projects need that the warm store holds; 0 when no project is named."""
    wanted = GoSum.union(gosum.read(Path(project) / "go.sum") for project in config.warm.projects)
    return kept.coverage(wanted).share if wanted.modules() else 0.0


def notifier(section: NotifierSection, number: int) -> tuple[str, Notifier]:
    """Channel id and notifier of a configuration section; secrets come from the variables that it names."""
    options: dict[str, Any] = {"url": section.url or secret(section.url_env), "actions": section.actions}
    if section.secret_env:
        options["secret"] = secret(section.secret_env)
    return f"{section.kind}-{number}", build_notifier(section.kind, {**options, **section.options})


def advisor(config: Config, store: Store) -> Any:
    """A function (upstream, status) -> Advice that knows the switches that remedies made."""

    def of(upstream: str, status: Status | None) -> Advice:
        switch: Mapping[str, Any] = store.get(SWITCH, upstream) or {}
        known = status is not None and status.state != "unknown"
        return advise(
            upstream,
            risk=float(status.risk[1]) if status and known else None,
            state=status.state if status else "unknown",
            warning=bool(status and status.warning),
            warm=str(switch.get("goproxy", "")) if switch.get("on") else "",
            coverage=float(switch.get("coverage", 0.0)),
            current=config.go.proxy,
            public_fallback=config.go.public_fallback,
        )

    return of
