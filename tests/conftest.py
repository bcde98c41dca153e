"""Fixtures that many tests share."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

#: part -> the program that proves it is there
PARTS = {
    "nginx": "nginx",
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "chromium": "chromium",
    "go": "go",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test marked ``real(part)`` skips with a reason where the part is absent; in CI it runs and fails."""
    for item in items:
        for marker in item.iter_markers("real"):
            for part in marker.args:
                if find_part(PARTS[part]) is None and not os.environ.get("FETCHCAST_REQUIRE_REAL"):
                    item.add_marker(pytest.mark.skip(reason=f"{part} is not installed: see 'make test-deps'"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI every real part is there, so a skipped test is a hole and fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("FETCHCAST_REQUIRE_REAL") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def find_part(program: str) -> str | None:
    """Path of a program, also beside this Python (PyPI's go) and where Debian puts servers."""
    here = Path(sys.executable).parent
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{here}:/usr/sbin:/usr/local/sbin")


class Listener:
    """A loopback HTTP server that keeps what it was sent and answers what it was told."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.files: dict[str, bytes] = {}
        listener = self

        class Answer(BaseHTTPRequestHandler):
            def _reply(self, body: bytes) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                listener.received.append((self.path, headers, self.rfile.read(length)))
                known = unquote(self.path) in listener.files or not listener.files
                status = listener.statuses.pop(0) if listener.statuses else (200 if known else 404)
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                self._reply(listener.files.get(unquote(self.path), b"{}"))

            def do_POST(self) -> None:
                self._reply(b"{}")

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Stop and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A running :class:`Listener`."""
    server = Listener()
    yield server
    server.stop()
