"""Records from what a service kept: accepted logs, polled bins, what humans said of incidents, what remedies did.

A history is as long as the service keeps what it saw (``service.keep_days``). Logs are read as if they lay in files:
pieces of one log by one reader in the order of arrival, each cleaned of wrong clocks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from predictor.decide.actor import JOURNAL as AUDIT
from predictor.errors import InputError
from predictor.events import EventBatch, rfc3339
from predictor.features import FEATURES
from predictor.history import FileReport, cleaned, joined
from predictor.journals import accepted, polled, verdicts
from predictor.journals.accepted import Accepted
from predictor.journals.verdicts import Verdict
from predictor.pipeline import MAX_OPEN
from predictor.protocols import Store
from predictor.reading import Reader
from predictor.series import Bins, merge, rollup
from predictor.stores import open_store
from training.dataset.acts import acted
from training.dataset.installation import BIN_S, PLAIN, Installation
from training.dataset.logs import Tell, Told, label_series, named, report_files, silent
from training.dataset.records import Dataset

FILE = "fetchcast.db"  # of a service's data folder


def build(place: str, using: Installation = PLAIN, tell: Tell = silent) -> Dataset:
    """A dataset of one service's history; ``tell`` is told of everything that could not be used, with its place.

    Args:
        place: the store's URL, its SQLite file, or the service's data folder.
        using: what the service's configuration says.
        tell: takes one line of text.

    Raises:
        StoreError: the store cannot be opened or read.
        InputError: there is no store, or it holds nothing that gave a series.
    """
    url = url_of(place)
    with closing(open_store(url)) as store:
        told = Told(verdicts=list(_verdicts(store, tell)), acted=list(acted(_audit(store), tell)))
        bins = seen(store, using, tell)
    records = tuple(label_series(named("store", url), bins, told, using))
    if not records:
        raise InputError("the store holds nothing that gave a series", source=place.rpartition("@")[2])  # no password
    for verdict in told.verdicts:
        if not any(verdict.about(record.key) for record in records):
            tell(f"the verdict of {rfc3339(verdict.time)} is about {verdict.upstream}, of which nothing is kept")
    return Dataset(FEATURES, records, using.about("store"))


def url_of(place: str) -> str:
    """The URL of a store that is there.

    Raises:
        InputError: no file lies where ``place`` points to; opening it would make an empty one.
    """
    scheme, _, rest = place.partition("://")
    if rest and not scheme.startswith("sqlite"):
        return place
    path = Path(rest.removeprefix("/").partition("?")[0] if rest else place).expanduser()
    path = path / FILE if path.is_dir() else path
    if not path.is_file():
        raise InputError("no store there", source=str(path))
    return f"sqlite:///{path}"


def seen(store: Store, using: Installation, tell: Tell) -> Bins:
    """Everything that the service saw of its upstreams as bins.

    Raises:
        StoreError: the store cannot be read.
        InputError: it holds logs, and none of them gave an event with a time.
    """
    asked = polled.bins_of(store.read(polled.KIND), BIN_S, tell)
    logs = list(_logs(accepted.bodies(store.read(accepted.KIND), tell), using, tell))
    if not any(len(batch) for batch, _ in logs) and asked.length:
        report_files([report for _, report in logs], tell)
        return asked
    history = joined(logs)
    report_files(history.files, tell)
    return merge([rollup(history.events, BIN_S), asked])


@dataclass(slots=True)
class _Log:
    """One log that is being read piece by piece."""

    name: str
    reader: Reader
    batches: list[EventBatch] = field(default_factory=list)


def _logs(bodies: Iterator[Accepted], using: Installation, tell: Tell) -> Iterator[tuple[EventBatch, FileReport]]:
    """The events of each log; at most ``MAX_OPEN`` stay open, as in the service."""
    waiting: OrderedDict[tuple[str, str], _Log] = OrderedDict()
    for body in bodies:
        slot = (body.source.vantage, body.source.name)
        name = f"log '{body.source.name}' received at {rfc3339(body.time)}"
        try:
            log = waiting.pop(slot, None) or _Log(name, _reader(body, using))
            log.batches.append(log.reader.feed(body.data))
        except InputError as error:  # the service refused it, too
            tell(f"{name}: {error.reason}")
            continue
        if body.final:
            yield _ended(log)
            continue
        waiting[slot] = log
        if len(waiting) > MAX_OPEN:
            yield _ended(waiting.popitem(last=False)[1])
    for log in waiting.values():
        yield _ended(log)


def _reader(body: Accepted, using: Installation) -> Reader:
    source = body.source if body.source.aliases else replace(body.source, aliases=using.aliases)
    return Reader(source, body.format_name, using.fields)


def _ended(log: _Log) -> tuple[EventBatch, FileReport]:
    fault = ""
    try:
        log.batches.append(log.reader.finish())
    except InputError as error:
        fault = f"{log.name}: {error.reason}"
    return cleaned(log.name, log.reader, log.batches, fault)


def _audit(store: Store) -> Iterator[tuple[str, object]]:
    for number, entry in enumerate(store.read(AUDIT), start=1):
        yield f"entry {number} of the audit journal", entry


def _verdicts(store: Store, tell: Tell) -> Iterator[Verdict]:
    """The verdicts, oldest first."""
    known = verdicts.spans(store.read(verdicts.DECISIONS))
    for number, entry in enumerate(store.read(verdicts.KIND), start=1):
        try:
            yield verdicts.verdict_of(entry, known)
        except InputError as error:
            tell(f"verdict {number} of the store: {error}")
