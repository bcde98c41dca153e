"""The origin: an asyncio HTTP/1.1 server of a GOPROXY tree with finite slots, which injects the faults of a recording.

Healthy service takes a log-normal time and one of a fixed number of slots; requests beyond them queue, and beyond the
queue they get 503. So exhaustion arises from load and service time and is not painted on.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from training.laboratory.behaviours import BEHAVIOURS, Answer, Behaviour, plain, status
from training.laboratory.faults import KINDS, Fault

KINDS_OF_BODY = {"info": "application/json", "zip": "application/zip", "latest": "application/json"}


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the healthy origin can do."""

    slots: int = 32
    queue: int = 200  # waiting requests beyond which it answers 503
    service_s: float = 0.002  # median real seconds of one answer
    spread: float = 0.5  # sigma of the log-normal service time


def op_of(path: str) -> str:
    """The op of a GOPROXY path by its end, ``""`` when it is none."""
    if path.startswith("/sumdb/"):
        return "sumdb"
    if path.endswith("/@latest"):
        return "latest"
    if path.endswith("/@v/list"):
        return "list"
    end = path.rsplit(".", 1)[-1]
    return end if "/@v/" in path and end in {"info", "mod", "zip"} else ""


class Origin:
    """Serves ``root`` on one or more addresses; ``minute`` gives the log minute that faults are timed by.

    ``dilation`` (log seconds per real second) turns delays of faults, which are in log seconds, into real ones.
    """

    def __init__(
        self,
        root: Path,
        faults: Sequence[Fault],
        capacity: Capacity,
        minute: Callable[[], float],
        dilation: float,
        seed: int,
    ) -> None:
        self.hits: Counter[str] = Counter()  # what was done to requests: "ok", a kind of fault, "queue_full"
        self._pools: dict[str, int] = {}
        self._root, self._capacity, self._minute, self._dilation = root, capacity, minute, dilation
        self._faults = [fault for fault in faults if KINDS[fault.kind].where == "origin"]
        self._rng = random.Random(seed)
        self._busy = 0
        self._waiting = 0
        self._freed = asyncio.Condition()
        self._servers: dict[int, asyncio.Server] = {}
        self._open: set[asyncio.StreamWriter] = set()

    def know(self, pools: Sequence[str]) -> None:
        """Tell runner pools by the address that their mirror calls from; a fault's side then means a pool."""
        self._pools = {address: number for number, address in enumerate(pools)}

    async def listen(self, replica: int, host: str, port: int) -> None:
        """Open one address; does nothing when it is open."""
        if replica not in self._servers:
            self._servers[replica] = await asyncio.start_server(
                lambda reader, writer: self._serve(reader, writer, replica), host, port
            )

    async def close(self, replica: int | None = None) -> None:
        """Stop listening on one address (None: on all) and drop its connections."""
        for number in [replica] if replica is not None else list(self._servers):
            server = self._servers.pop(number, None)
            if server is not None:
                server.close()
        for writer in list(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, replica: int) -> None:
        self._open.add(writer)
        side = self._pools.get(str(writer.get_extra_info("peername")[0]), replica)
        try:
            while await self._one(reader, writer, side):
                continue
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            self.hits["client_gone"] += 1
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, side: int) -> bool:
        raw = await reader.readuntil(b"\r\n\r\n")
        request = raw.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        if len(request) != 3:
            return False
        path = unquote(request[1].split("?", 1)[0])
        answer = await asyncio.to_thread(self._look_up, path) if path.endswith(".zip") else self._look_up(path)
        behave = await self._admit(op_of(path), side)
        kept = await behave(reader, writer, answer)
        return kept and b"connection: close" not in raw.lower()

    def _look_up(self, path: str) -> Answer:
        target = (self._root / path.lstrip("/")).resolve()
        if not target.is_relative_to(self._root.resolve()) or not target.is_file():
            return Answer(404, b"not found: no such module or version\n")
        return Answer(200, target.read_bytes(), KINDS_OF_BODY.get(op_of(path), "text/plain; charset=utf-8"))

    def _strength(self, kind: str, op: str, side: int) -> float:
        minute = self._minute()
        levels = [
            fault.level(minute)
            for fault in self._faults
            if fault.kind == kind and (not fault.ops or op in fault.ops) and fault.side in {-1, side}
        ]
        return max(levels, default=0.0)

    async def _admit(self, op: str, side: int) -> Behaviour:
        """Take a slot for the service time, then say how to answer; behaviours that only wait hold no slot."""
        slots = max(1, round(self._capacity.slots * (1.0 - self._strength("slots", op, side))))
        if self._busy >= slots and self._waiting >= self._capacity.queue:
            self.hits["queue_full"] += 1
            return status(503)
        async with self._freed:
            self._waiting += 1
            try:
                await self._freed.wait_for(lambda: self._busy < slots)
            finally:
                self._waiting -= 1
            self._busy += 1
        try:
            await asyncio.sleep(self._service(op, side))
        finally:
            async with self._freed:
                self._busy -= 1
                self._freed.notify_all()
        return self._choose(op, side)

    def _service(self, op: str, side: int) -> float:
        healthy = self._capacity.service_s * self._rng.lognormvariate(0.0, self._capacity.spread)
        extra = self._strength("latency", op, side) / self._dilation
        return healthy + extra * self._rng.lognormvariate(0.0, 0.6)

    def _choose(self, op: str, side: int) -> Behaviour:
        for kind in {fault.kind for fault in self._faults} & (BEHAVIOURS.keys() | {"wrong_content"}):
            if self._rng.random() < self._strength(kind, op, side):
                self.hits[kind] += 1
                return BEHAVIOURS[kind] if kind != "wrong_content" else self._stranger
        self.hits["ok"] += 1
        return plain

    async def _stranger(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        """A valid zip whose content is not what go.sum says: the same names, one file changed."""
        body = await asyncio.to_thread(tampered, answer.body) if answer.status == 200 else answer.body
        return await plain(reader, writer, Answer(answer.status, body, answer.kind))


def tampered(body: bytes) -> bytes:
    """The same module zip with one more line in its LICENSE."""
    import io
    import zipfile

    from training.laboratory.modules import pack

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return pack({name: data + (b"changed\n" if name.endswith("LICENSE") else b"") for name, data in files.items()})


def describe(origin: Origin) -> str:
    """The counts of what was done, as one JSON line."""
    return json.dumps(dict(sorted(origin.hits.items())))
