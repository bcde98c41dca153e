"""Opening stores by URL, and what is special about the SQL one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from predictor.errors import StoreError
from predictor.stores import discover, local_url, open_store
from predictor.stores.memory import MemoryStore
from predictor.stores.sql import SqlStore


def test_discovery_finds_both_kinds() -> None:
    assert {"memory", "sql"} <= discover().keys()


def test_the_scheme_chooses_the_store(tmp_path: Path) -> None:
    assert isinstance(open_store("memory://"), MemoryStore)
    assert isinstance(open_store(local_url(tmp_path)), SqlStore)


@pytest.mark.parametrize("url", ["", "redis://host", "sqlite://", "sqlite:///:memory:", "postgresql+nodriver://h/db"])
def test_a_url_that_cannot_be_used_is_a_store_error(url: str) -> None:
    with pytest.raises(StoreError):
        open_store(url)


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="file"):
        local_url(tmp_path / "file" / "below")


def test_a_damaged_file_is_a_store_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "fetchcast.db").write_bytes(b"not a database" * 100)

    with pytest.raises(StoreError, match=r"fetchcast\.db"):
        open_store(local_url(tmp_path))


def test_a_password_in_the_url_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgresql+nodriver://user:hunter2@host/db")

    assert "hunter2" not in str(caught.value)


def test_sqlite_keeps_a_write_ahead_log_and_syncs_fully(tmp_path: Path) -> None:
    store = open_store(local_url(tmp_path))
    assert isinstance(store, SqlStore)
    with store._transaction() as connection:
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
    store.close()

    assert synchronous == 2
    with sqlite3.connect(tmp_path / "fetchcast.db") as plain:
        assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    plain.close()


def test_a_damaged_value_is_a_store_error(tmp_path: Path) -> None:
    store = open_store(local_url(tmp_path))
    store.put("kind", "key", {"n": 1})
    with sqlite3.connect(tmp_path / "fetchcast.db") as plain:
        plain.execute("UPDATE documents SET value = '{'")
    plain.close()

    with pytest.raises(StoreError, match="damaged"):
        store.get("kind", "key")
    store.close()
