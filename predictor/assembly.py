"""The wiring: the one place that turns a configuration into parts, so that parts take plain arguments."""

from __future__ import annotations

import contextlib
import functools
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from predictor.advice import Advice, advise
from predictor.clock import Clock
from predictor.config import Config, NotifierSection, RemedySection, secret
from predictor.decide.actor import Actor, Armed
from predictor.decide.policy import policy_of
from predictor.decide.taken import Taken
from predictor.engine import Engine
from predictor.errors import DefectError, FetchcastError, contained
from predictor.forecast import load_model
from predictor.http import Outbound
from predictor.journals import polled
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
from predictor.series import Bins

LIVE_BINS = 720  # half a day: more history than a forecast needs, walked in seconds
_LOG = logging.getLogger("fetchcast.hands")

RETRY_S = 1.0  # how often the outbox looks for what is due
CLOSE_S = 10.0  # bound on finishing at a stop


class WorkingHands(Hands):
    """Carries decisions out on one thread of its own, in their order; looks after what failed in between."""

    def __init__(self, actor: Actor, outbox: Outbox, taken: Taken) -> None:
        self._actor, self._outbox, self._taken = actor, outbox, taken
        self._faults: dict[str, str] = {}  # part -> why it failed the last time
        self._queue: queue.Queue[Decision | None] = queue.Queue()
        for decision in taken.left():
            self._queue.put(decision)
        self._thread = threading.Thread(target=self._run, name="fetchcast-hands", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> str:
        """Why the last decision could not be carried out, ``""`` when it could."""
        return "; ".join(self._faults.copy().values())

    def take(self, decision: Decision) -> None:
        """Queue it; it is on disk when this returns."""
        self._outbox.put(decision)
        self._taken.add(decision)
        self._queue.put(decision)

    def close(self) -> None:
        """Finish the queue within ``CLOSE_S`` seconds; what is left is done after a restart."""
        self._queue.put(None)
        self._thread.join(CLOSE_S)

    def _run(self) -> None:
        while True:
            decision = None
            with contextlib.suppress(queue.Empty):
                decision = self._queue.get(timeout=RETRY_S)
                if decision is None:
                    return
            self._try("outbox", self._outbox.deliver)  # people are told before a remedy takes its time
            if decision is not None:
                self._faults.pop("remedies", None)  # a failure of each decision is news
                self._try("remedies", functools.partial(self._carry_out, decision))
            self._try("reverts", self._actor.retry)

    def _carry_out(self, decision: Decision) -> None:
        self._actor.on(decision)
        self._taken.done(decision)

    def _try(self, part: str, step: Callable[[], object]) -> None:
        """Do one step; one that fails, even by a defect, must not stop the next."""
        try:
            with contained():
                step()
        except FetchcastError as error:
            defect, before, self._faults[part] = isinstance(error, DefectError), self._faults.get(part), str(error)
            if before == str(error):
                return
            _LOG.error("%s: a decision could not be carried out: %s", part, error, exc_info=defect)
            if defect:
                self._try("audit", functools.partial(self._actor.failed, part, str(error)))
        else:
            self._faults.pop(part, None)


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
    outbox = Outbox(dict(notifier(section, i) for i, section in enumerate(config.notifiers)), store, clock)
    actor = Actor([armed(section, config, store) for section in config.remedies], store, clock, outbox.put)
    hands = WorkingHands(actor, outbox, Taken(store, clock))
    naming = Naming(config.aliases, config.formats)
    loop = Pipeline(engine, policy_of(config.policy, forecaster.threshold), store, hands, forecaster.name, naming)
    if config.prometheus.url:
        loop.feeds.append(poller(config, loop, store, clock).stop)
    return loop


def poller(config: Config, loop: Pipeline, store: Store, clock: Clock) -> Poller:
    """What asks the configured Prometheus server and keeps its answers; it is running when this returns."""
    section = config.prometheus
    source = PrometheusSource(
        section.url,
        section.queries,
        vantage=section.vantage,
        label=section.upstream_label,
        timeout_s=section.timeout_s,
    )

    def put(bins: Bins) -> None:
        if len(bins.bin):
            store.append(polled.KIND, [polled.entry(bins)])
        loop.put(bins)

    asking = Poller(source, put, clock, config.series.bin_s)
    asking.start()
    return asking


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
