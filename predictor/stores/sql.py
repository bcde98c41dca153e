"""One store over SQLAlchemy Core: SQLite for one replica, PostgreSQL by URL for many, with the same code.

SQLite runs in WAL mode with ``synchronous=FULL``: readers never wait for the writer, and a commit that returned
is in the synced log, so neither kill -9 nor a power cut takes it back. Every write is one short transaction whose
first statement writes, so that no reader is upgraded to a writer half-way (which SQLite answers with an error
instead of waiting). Reading goes page by page: no transaction stays open while a caller thinks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from predictor.errors import StoreError
from predictor.stores.backend import Backend, decode, encode, entry_time

PAGE = 64  # entries of one read; raw log pieces weigh up to a megabyte each

_METADATA = sa.MetaData()
DOCUMENTS = sa.Table(
    "documents",
    _METADATA,
    sa.Column("kind", sa.String(64), primary_key=True),
    sa.Column("key", sa.String(512), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)
JOURNAL = sa.Table(
    "journal",
    _METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("time", sa.Double, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
JOURNAL_BY_TIME = sa.Index("journal_by_time", JOURNAL.c.kind, JOURNAL.c.time, JOURNAL.c.id)


class SqlStore:
    """Documents and journals in two tables.

    Args:
        url: SQLAlchemy URL of SQLite or PostgreSQL.
        wait_s: longest wait for another writer, a connection or a free place in the pool, in seconds.

    Raises:
        StoreError: the URL is wrong, its driver is not installed, or the database cannot be reached.
    """

    def __init__(self, url: str, wait_s: float) -> None:
        try:
            parsed = sa.make_url(url)
            self._name = parsed.render_as_string(hide_password=True)
            self._engine = _engine(parsed, wait_s)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise StoreError(f"the store's URL cannot be used: {error}") from error
        self._upsert = postgresql.insert if parsed.get_backend_name() == "postgresql" else sqlite.insert
        self._open = True
        with self._transaction() as connection:
            connection.execute(sa.schema.CreateTable(DOCUMENTS, if_not_exists=True))
            connection.execute(sa.schema.CreateTable(JOURNAL, if_not_exists=True))
            connection.execute(sa.schema.CreateIndex(JOURNAL_BY_TIME, if_not_exists=True))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        if not self._open:
            raise StoreError("the store is closed")
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise StoreError(f"{self._name}: {cause}") from error

    def put(self, kind: str, key: str, value: Mapping[str, Any]) -> None:
        """Write or replace one document. Raises StoreError."""
        text = encode(value)
        insert = self._upsert(DOCUMENTS).values(kind=kind, key=key, value=text)
        with self._transaction() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["kind", "key"], set_={"value": text}))

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One document, None when it is not there. Raises StoreError."""
        query = sa.select(DOCUMENTS.c.value).where(DOCUMENTS.c.kind == kind, DOCUMENTS.c.key == key)
        with self._transaction() as connection:
            text = connection.execute(query).scalar_one_or_none()
        return None if text is None else decode(text)

    def append(self, kind: str, values: Sequence[Mapping[str, Any]]) -> None:
        """Add entries to a journal, all or none. Raises StoreError, also when one has no finite ``time``."""
        rows = [{"kind": kind, "time": entry_time(value), "value": encode(value)} for value in values]
        if not rows:
            return
        with self._transaction() as connection:
            connection.execute(sa.insert(JOURNAL), rows)

    def read(self, kind: str, since: float = 0.0, until: float = float("inf")) -> Iterator[dict[str, Any]]:
        """Entries with ``since <= time < until``, oldest first; ties in the order of appending."""
        place = sa.tuple_(JOURNAL.c.time, JOURNAL.c.id)
        after: tuple[float, int] | None = None
        while True:
            query = sa.select(JOURNAL.c.time, JOURNAL.c.id, JOURNAL.c.value).where(
                JOURNAL.c.kind == kind, JOURNAL.c.time >= since, JOURNAL.c.time < until
            )
            if after is not None:
                query = query.where(place > sa.tuple_(*map(sa.literal, after)))
            query = query.order_by(JOURNAL.c.time, JOURNAL.c.id).limit(PAGE)
            with self._transaction() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                yield decode(row.value)
            if len(rows) < PAGE:
                return
            after = (rows[-1].time, rows[-1].id)

    def trim(self, kind: str, before: float) -> int:
        """Forget entries with ``time < before``; gives their number. Raises StoreError."""
        with self._transaction() as connection:
            done = connection.execute(sa.delete(JOURNAL).where(JOURNAL.c.kind == kind, JOURNAL.c.time < before))
            return int(done.rowcount)

    def close(self) -> None:
        """Close every connection; later calls raise StoreError."""
        self._open = False
        self._engine.dispose()


def _engine(url: sa.URL, wait_s: float) -> sa.Engine:
    """An engine whose every wait is bounded by ``wait_s``."""
    if url.get_backend_name() == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise ArgumentError("SQLite needs a file; for a store in memory say memory://")
        engine = sa.create_engine(url, pool_timeout=wait_s, connect_args={"timeout": wait_s})
        sa.event.listen(engine, "connect", _make_durable)
        return engine
    wait_ms = int(wait_s * 1000)
    limits = f"-c statement_timeout={wait_ms} -c lock_timeout={wait_ms}"
    connect = {"connect_timeout": max(1, round(wait_s)), "options": limits}
    return sa.create_engine(url, pool_timeout=wait_s, pool_pre_ping=True, connect_args=connect)


def _make_durable(connection: Any, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _url_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'fetchcast.db'}"


BACKEND = Backend(name="sql", schemes=("sqlite", "postgresql"), open=SqlStore, url_in=_url_in, durable=True)
