"""Every error that Fetchcast raises on purpose.

::

    FetchcastError
    ├── InputError             what was given cannot be read: names source, line and field
    │   └── UnknownFormatError no format recognises the log
    ├── ConfigError            the configuration is wrong: the owner must mend it
    ├── ArtifactError          a model folder is damaged or belongs to other features
    ├── StoreError             the store cannot keep or give back what was asked
    ├── RemedyError            a remedy could not be planned, applied, verified or reverted
    ├── OutboundError          a call to another host failed or was refused by the guard
    ├── DeliveryError          a notification did not arrive; ``permanent`` says if to retry
    └── DefectError            a part raised what no part may raise: see ``contained``
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class FetchcastError(Exception):
    """Base of all errors raised on purpose; catch it at the edge of a program."""


class InputError(FetchcastError):
    """What was given cannot be read. Catch it to go on with the next source.

    Args:
        reason: what is wrong and what to do, without the place.
        source: file or stream name, ``""`` when unknown.
        line: 1-based line number, 0 when the whole source is meant.
        field: name of the field, ``""`` when the whole line is meant.
    """

    def __init__(self, reason: str, *, source: str = "", line: int = 0, field: str = "") -> None:
        self.reason, self.source, self.line, self.field = reason, source, line, field
        place = ":".join(str(part) for part in (source, line or "", field) if part)
        super().__init__(f"{place}: {reason}" if place else reason)


class UnknownFormatError(InputError):
    """No format recognises the log. Catch it to ask the caller to name one."""


class ConfigError(FetchcastError):
    """The configuration is wrong. Not retried: the owner must mend it."""


class ArtifactError(FetchcastError):
    """A model folder is damaged, incomplete, or was fitted for other features."""


class StoreError(FetchcastError):
    """The store cannot keep or give back what was asked."""


class RemedyError(FetchcastError):
    """A remedy could not be planned, applied, verified or reverted; nothing half-done is left."""


class OutboundError(FetchcastError):
    """A call to another host failed or was refused by the guard."""


class DeliveryError(FetchcastError):
    """A notification did not arrive.

    Args:
        reason: what happened, free of secrets.
        permanent: True when a retry cannot help (bad address, refused credentials).
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        super().__init__(reason)
        self.permanent = permanent


class DefectError(FetchcastError):
    """A part, perhaps a plug-in, raised what no part may raise: nobody knows what it left behind."""


@contextmanager
def contained() -> Iterator[None]:
    """Around a part that may be anybody's: every exception in it comes out as a FetchcastError.

    Raises:
        DefectError: it raised something else; the cause is chained.
    """
    try:
        yield
    except FetchcastError:
        raise
    except Exception as error:
        raise DefectError(f"{type(error).__name__}: {error}") from error
