"""A progress bar on stderr that is silent where nobody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of ``total`` steps while the block runs; the given function moves it and says what was done."""
    console = Console(file=sys.stderr)
    with Progress(console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task(title, total=total)
        yield lambda said: progress.update(task, advance=1, description=f"{title}: {said}")
