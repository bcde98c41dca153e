"""Reads go logs for tests, and a loopback module proxy that a real go command fetches from."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from predictor.events import EventBatch
from predictor.formats.go_command import FORMAT
from predictor.formats.wrappers import peeler
from predictor.protocols import Source

NAN = float("nan")
VERSION = "v1.0.0"
Fault = tuple[int, bytes] | str  # status and text body, "reset" before the answer, or "short" body

PLAIN = Source()

#: A log with most of what the go command prints: a good trace, a plain download, errors of one and more lines.
LOG = b"""\
go: downloading go1.24.1 (linux/amd64)
go: downloading github.com/BurntSushi/toml v1.3.2
# get http://proxy.corp.example:3000/example.com/lib/@v/v1.0.0.mod
# get https://sum.golang.org/lookup/example.com/lib@v1.0.0
# get http://proxy.corp.example:3000/example.com/lib/@v/v1.0.0.mod: 200 OK (0.123s)
# get https://sum.golang.org/lookup/example.com/lib@v1.0.0: 200 OK (0.031s)
cd /go/pkg/mod/cache/vcs/cdce; git ls-remote -q --end-of-options https://github.com/acme/widget
0.439s # cd /go/pkg/mod/cache/vcs/cdce; git ls-remote -q --end-of-options https://github.com/acme/widget
go: example.com/lib@v1.0.0: reading http://proxy.corp.example:3000/example.com/lib/@v/v1.0.0.info: 500 Oops
\tserver response:
\tupstream is down
\tsecond line
ok  \texample.com/app/pkg\t0.011s
go: main.test/app imports
\trsc.io/quote: module rsc.io/quote: Get "https://proxy.golang.org/rsc.io/quote/@v/list": dial tcp 1.2.3.4: i/o timeout
##[error]Process completed with exit code 1.
"""


def read(data: bytes, source: Source = PLAIN, now: float = NAN, cuts: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """Events of a log as rows; ``cuts`` are numbers of lines after which a new block begins."""
    lines = re.findall(rb"[^\n]*\n|[^\n]+", data)
    peel, parser = peeler(data, source.start), FORMAT.parser(source)
    batches: list[EventBatch] = []
    begin = 0
    for end in (*sorted(cuts), len(lines)):
        part = b"".join(lines[begin:end])
        if part:
            batches.append(parser.feed(peel.feed(part, begin + 1)))
        begin = end
    batches += [parser.feed(peel.finish()), parser.finish(now)]
    return list(EventBatch.concat(batches).rows())


def brief(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of rows."""
    return [tuple(row[name] for name in names) for row in rows]


def _files(module: str) -> dict[str, bytes]:
    gomod = f"module {module}\n\ngo 1.21\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{module}@{VERSION}/go.mod", gomod)
        archive.writestr(f"{module}@{VERSION}/lib.go", "package lib\n\nfunc A() int { return 1 }\n")
    info = json.dumps({"Version": VERSION, "Time": "2020-01-01T00:00:00Z"}).encode()
    return {
        "list": f"{VERSION}\n".encode(),
        f"{VERSION}.info": info,
        f"{VERSION}.mod": gomod,
        f"{VERSION}.zip": packed.getvalue(),
    }


@contextmanager
def module_proxy(faults: Mapping[str, Fault]) -> Iterator[str]:
    """A module proxy on loopback; ``faults`` maps the end of a URL to what goes wrong there. Gives host:port."""

    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

        def do_GET(self) -> None:
            module, _, name = unquote(self.path).lstrip("/").replace("!b", "B").partition("/@v/")
            fault = next((fault for end, fault in faults.items() if self.path.endswith(end)), None)
            body = _files(module).get(name) if module.startswith("example.com/") else None
            if fault == "reset":
                self.close_connection = True
            elif isinstance(fault, tuple):
                self.answer(fault[0], fault[1], len(fault[1]))
            elif body is None:
                self.answer(404, b"not found", 9)
            else:
                self.answer(200, body[:40] if fault == "short" else body, len(body))

        def answer(self, status: int, body: bytes, length: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = len(body) < length

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run_go(folder: Path, proxy: str, *arguments: str) -> tuple[int, bytes]:
    """Exit code and output of a real go command in a new project that needs two modules of ``proxy``."""
    modules = ("example.com/a", "example.com/Burnt/b")
    (folder / "app").mkdir()
    needs = "".join(f"\t{module} {VERSION}\n" for module in modules)
    (folder / "app/go.mod").write_text(f"module main.test/app\n\ngo 1.21\n\nrequire (\n{needs})\n")
    imports = "".join(f'\tm{i} "{module}"\n' for i, module in enumerate(modules))
    (folder / "app/main.go").write_text(
        f"package main\n\nimport (\n{imports})\n\nfunc main() {{ println(m0.A() + m1.A()) }}\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOPATH": str(folder / "gopath"),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOSUMDB": "off",
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "GOPROXY": f"http://{proxy}",
    }
    go = shutil.which("go")
    assert go is not None
    done = subprocess.run(
        [go, *arguments],
        cwd=folder / "app",
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout
