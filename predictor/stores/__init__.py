"""Stores: documents by kind and key, and append-only journals by kind.

Every module of this folder that has a ``BACKEND`` is a store, and so is every entry point of the group
``fetchcast.stores``. The scheme of a URL chooses one: ``sqlite:///file``, ``postgresql+psycopg://host/db``,
``memory://``. A new store is one new file; ``tests/conformance`` runs over it without being edited.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path

from predictor.errors import StoreError
from predictor.stores.backend import Backend, KeptStore

GROUP = "fetchcast.stores"
WAIT_S = 5.0  # longest wait for another writer


def discover() -> dict[str, Backend]:
    """Every backend by name: modules of this folder first, then those of installed packages.

    Raises:
        StoreError: a backend needs a package that is not installed.
    """
    found: dict[str, Backend] = {}
    for module in pkgutil.iter_modules(__path__):
        try:
            backend = getattr(importlib.import_module(f"{__name__}.{module.name}"), "BACKEND", None)
        except ModuleNotFoundError as error:
            raise StoreError(
                f"the store '{module.name}' needs '{error.name}': pip install 'fetchcast[serve]'"
            ) from error
        if backend is not None:
            found[backend.name] = backend
    for point in entry_points(group=GROUP):
        found.setdefault(point.name, point.load())
    return found


def open_store(url: str, wait_s: float = WAIT_S) -> KeptStore:
    """Open the store that ``url`` names; a call waits at most ``wait_s`` seconds for other writers.

    Raises:
        StoreError: no backend has this scheme, or it cannot be opened.
    """
    scheme = url.partition(":")[0].partition("+")[0]
    for backend in discover().values():
        if scheme in backend.schemes:
            return backend.open(url, wait_s)
    known = sorted(scheme for backend in discover().values() for scheme in backend.schemes)
    raise StoreError(f"no store for the scheme '{scheme}': known are {', '.join(known)}")


def local_url(folder: Path) -> str:
    """URL of the embedded store (SQLite) inside ``folder``, which is made when it is not there.

    Raises:
        StoreError: the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}") from error
    return f"sqlite:///{folder / 'fetchcast.db'}"
