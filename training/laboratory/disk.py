"""The mirror's cache disk: a small tmpfs that a fault fills up.

Mounting needs root; without it the kind ``disk_full`` says so and nothing else is affected.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from training.laboratory.real_parts import LaboratoryError

MOUNT, UMOUNT = "/bin/mount", "/bin/umount"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a tmpfs of this size at ``folder`` for the duration; 0 mounts nothing.

    Raises:
        LaboratoryError: this user may not mount.
    """
    if not megabytes:
        yield
        return
    argv = [MOUNT, "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    made = subprocess.run(argv, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise LaboratoryError(f"cannot mount a small disk for the mirror's cache: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run([UMOUNT, str(folder)], check=True)


def fill(filler: Path, share: float) -> None:
    """Let ``filler`` take ``share`` of what the rest of its disk leaves free; at 0 it is removed."""
    if share <= 0:
        filler.unlink(missing_ok=True)
        return
    taken = filler.stat().st_size if filler.exists() else 0
    wanted = int((shutil.disk_usage(filler.parent).free + taken) * min(share, 1.0))
    if wanted <= taken:
        return
    with filler.open("ab", buffering=0) as file:
        try:
            file.write(b"\0" * (wanted - taken))
        except OSError:
            return  # full, which is what was wanted


def empty(folder: Path) -> None:
    """Remove everything below ``folder``, as someone who clears a cache does."""
    for child in folder.iterdir():
        shutil.rmtree(child, ignore_errors=True)
