"""The two loopback servers of the demo: a module upstream that can be killed, and a chat that takes webhooks."""

from __future__ import annotations

import json
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Loopback:
    """A server on a free loopback port, in a thread of its own."""

    def __init__(self, handler: Any) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def kill(self) -> None:
        """Stop answering: from now on a connection is refused."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        del args


def module_upstream(root: Path) -> Loopback:
    """A GOPROXY that serves the files below ``root``."""
    return Loopback(partial(_Files, directory=str(root)))


class Chat:
    """Takes webhooks and keeps them."""

    def __init__(self) -> None:
        self.messages: list[tuple[dict[str, str], dict[str, Any]]] = []
        chat = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                chat.messages.append((headers, json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                del args

        self.server = Loopback(Take)
