"""What archives of all kinds have in common: members with a name, in order, some of which are no logs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MEMBERS = 100_000  # of one archive: a CI run has a few thousand logs, and an archive of endless empty ones must end
NAME_CHARS = 1024  # of a member's name that are kept

DIRECTORY, LINK, DEVICE = "directories", "links", "devices"
ENCRYPTED, NESTED = "encrypted members", "archives inside the archive"
ATTRIBUTES = "attributes of macOS"
SAID_AGAIN, UNWANTED = "step logs whose job's whole log is there", "files that are no logs by their names"


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an archive, in its order.

    Attributes:
        name: its path in the archive, made fit for printing; "" for the archive itself.
        pieces: its bytes; to be read before the next member is asked for, or not at all.
        left_out: why it is no log, "" when it may be one.
        fault: what cannot be read, "" when it may be readable.
    """

    name: str
    pieces: Iterable[bytes] = ()
    left_out: str = ""
    fault: str = ""


def tidy(name: str) -> str:
    """A name from an archive as a relative path that can be printed: nobody's terminal is controlled by it."""
    parts = [part for part in name[:NAME_CHARS].split("/") if part not in {"", ".", ".."}]
    return "".join(letter if letter.isprintable() else "?" for letter in "/".join(parts))


def attributes(name: str) -> bool:
    """Whether macOS keeps nothing but attributes of another member there."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("._")
