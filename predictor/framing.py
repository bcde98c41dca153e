"""Cuts the bytes of one log into whole lines, however they arrive; of a line that is too long the beginning is kept."""

from __future__ import annotations

from collections import Counter

LINE_CAP = 1 << 20  # bytes kept of a longer line


class Framer:
    """The state of one log; ``skipped`` counts the lines that were shortened."""

    def __init__(self, skipped: Counter[str]) -> None:
        self._skipped = skipped
        self._rest = b""
        self._dropping = False  # inside a line whose kept part is full

    def feed(self, data: bytes) -> bytes:
        """The lines that ``data`` completes, each with its newline."""
        parts: list[bytes | memoryview] = []
        for begin in range(0, len(data), LINE_CAP):
            stop = min(begin + LINE_CAP, len(data))
            end = data.find(b"\n", begin, stop)
            if end < 0:
                self._keep(data[begin:stop])
                continue
            last = data.rfind(b"\n", begin, stop) + 1
            self._keep(data[begin:end])
            parts += [self._rest, memoryview(data)[end:last]]
            self._rest, self._dropping = b"", False
            self._keep(data[last:stop])
        return b"".join(parts)

    def _keep(self, data: bytes) -> None:
        room = LINE_CAP - len(self._rest)
        if len(data) > room and not self._dropping:
            self._dropping = True
            self._skipped["line cut at 1 MiB"] += 1
        self._rest += data[:room]

    def finish(self) -> bytes:
        """The last line, when it has no newline."""
        rest, self._rest = self._rest, b""
        return rest
