"""Compressed logs as streams of plain bytes. Of one that is cut off or damaged, all that can be read comes first."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import IO

import zstandard


class GzipStream(io.RawIOBase):
    """Members of gzip as plain bytes."""

    PIECE = 1 << 20  # bytes asked for at once: what one read of the file can swell to

    def __init__(self, file: IO[bytes]) -> None:
        self._raw, self._file = file, gzip.GzipFile(fileobj=file, mode="rb")
        self._failure: EOFError | OSError | zlib.error | None = None

    def read(self, size: int = -1) -> bytes:
        """``size`` bytes, all of them for -1; fewer at the end, or before what cannot be read.

        Raises:
            EOFError: the last member is cut off.
            OSError: a checksum does not fit, or something else follows the last member.
            zlib.error: a member is damaged.
        """
        parts: list[bytes] = []
        left = size
        while left and self._failure is None:
            try:
                data = self._file.read1(self.PIECE if size < 0 else left)
            except (EOFError, OSError, zlib.error) as error:
                self._failure = error  # raised when all that stands before it has been read
                break
            if not data:
                break
            parts.append(data)
            left -= len(data)
        if self._failure is not None and not parts:
            raise self._failure
        return b"".join(parts)

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        self._raw.close()
        super().close()


class ZstdStream(io.RawIOBase):
    """Frames of zstd as plain bytes. Unlike the package's own reader it tells a truncated file from a whole one."""

    COMPRESSED = 1 << 10  # read at once: bounds what one read can swell to

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()

    def read(self, size: int = -1) -> bytes:
        """About ``size`` bytes or a little more, all of them for -1; nothing at the end.

        Raises:
            EOFError: the last frame is cut off.
        """
        parts: list[bytes] = []
        while size < 0 or sum(map(len, parts)) < size:
            data = self._frame.unused_data if self._frame.eof else b""
            data = data or self._file.read(self.COMPRESSED)
            if not data and not self._frame.eof:
                if parts:
                    break
                raise EOFError("the zstd stream is cut off")
            if not data:
                break
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj()
            parts.append(self._frame.decompress(data))
        return b"".join(parts)

    def close(self) -> None:
        """Close the file beneath."""
        self._file.close()
        super().close()
