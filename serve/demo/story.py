"""What happens in the demo, step by step, without a word about how it looks."""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from predictor.files import write_whole
from serve.demo import modules, recording
from serve.demo.builds import Build, build
from serve.demo.listeners import Chat, module_upstream
from serve.demo.service import SECRET_ENV, Service

SETTLE_S = 20.0  # bound on waiting for the remedy and the webhook

CONFIG = """\
[service]
data_dir = {data}

[go]
proxy = {proxy}

[warm]
dir = {warm}
source = {proxy}
allow_hosts = ["127.0.0.1"]
projects = [{project}]

[[remedies]]
kind = "warm"
mode = "on"
upstreams = [{upstream}]

[[remedies]]
kind = "advice"
mode = "on"
upstreams = [{upstream}]

[[notifiers]]
kind = "webhook"
url = {chat}
secret_env = "{secret}"
options = {{ allow_hosts = ["127.0.0.1"] }}
"""

Tell = Callable[["Story"], None]


@dataclass(slots=True)
class Story:
    """What was seen so far; times in UTC seconds of the recording, 0 while it did not happen."""

    upstream: str
    minutes: int = 0
    done: int = 0
    times: list[float] = field(default_factory=list)
    risks: list[float] = field(default_factory=list)
    warned: float = 0.0
    outage: float = 0.0
    answer: dict[str, Any] = field(default_factory=dict)
    advice: dict[str, Any] = field(default_factory=dict)
    builds: list[Build] = field(default_factory=list)
    messages: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)

    @property
    def lead_min(self) -> float:
        """Minutes from the warning to the outage; NaN when one of them did not happen."""
        return (self.outage - self.warned) / 60 if self.warned and self.outage else float("nan")

    def failures(self) -> list[str]:
        """What the demo promises and did not show."""
        control, advised = (self.builds[0].exit_code, self.builds[1].exit_code) if len(self.builds) == 2 else (0, 1)
        checks = {
            "no warning came": bool(self.warned),
            "the outage was not seen": bool(self.outage),
            "the warning did not come before the outage": self.lead_min > 0,
            "the control build did not fail": control != 0,
            "the build under advice did not succeed": advised == 0,
            "no webhook arrived": bool(self.messages),
        }
        return [text for text, held in checks.items() if not held]


class Stage:
    """Everything that the demo starts, in a folder of its own."""

    def __init__(self, folder: Path, history: recording.Recording) -> None:
        self.folder, self.history = folder, history
        modules.publish(folder / "upstream")
        self.project = modules.project(folder / "project", folder / "upstream")
        self.upstream = module_upstream(folder / "upstream")
        self.chat = Chat()
        target = str(history.truth["upstreams"]["mirror"])
        values = {
            "data": folder / "data",
            "proxy": self.upstream.url,
            "warm": folder / "warm",
            "project": self.project,
            "chat": f"{self.chat.server.url}/hooks/sre",
            "upstream": target,
        }
        quoted = {name: json.dumps(str(value)) for name, value in values.items()}
        write_whole(folder / "fetchcast.toml", CONFIG.format(secret=SECRET_ENV, **quoted))
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.service = Service(folder / "fetchcast.toml", folder / "service.log", secret)
        self.story = Story(target)

    def play(self, tell: Tell, pause_s: float) -> None:
        """Send the recording minute by minute and watch what the service says."""
        minutes = list(self.history.minutes())
        self.story.minutes = len(minutes)
        for _, pieces in minutes:
            for piece in pieces:
                self.service.send(piece)
            self.story.done += 1
            self._look()
            tell(self.story)
            time.sleep(pause_s)

    def builds(self) -> None:
        """Kill the module upstream, then build twice."""
        self.upstream.kill()
        cache = self.folder / "compile-cache"
        control = {"GOPROXY": self.upstream.url}
        self.story.builds = [
            build("control", self.project, control, cache),
            build("under advice", self.project, {**control, **self.story.advice.get("env", {})}, cache),
        ]
        self.story.messages = list(self.chat.messages)

    def close(self) -> None:
        """Stop everything that was started."""
        self.service.stop()
        self.chat.server.kill()

    def _look(self) -> None:
        story = self.story
        answer = self.service.ask("/v1/risk", upstream=story.upstream)
        risk, at = (answer.get("risk") or {}).get("15m"), answer.get("time")
        if risk is None or not at:
            return
        story.times.append(recording_time(at))
        story.risks.append(risk)
        if answer["warning"] and not story.warned:
            story.warned, story.answer = recording_time(answer["warning_since"] or at), answer
            story.advice = self._settled()
        if answer["state"] == "outage" and not story.outage:
            story.outage = recording_time(at)

    def _settled(self) -> dict[str, Any]:
        """The advice once the remedy has proved itself and the chat was told, or what there is when time is up."""
        until = time.monotonic() + SETTLE_S
        while True:
            advice = self.service.ask("/v1/advice", upstream=self.story.upstream)
            if (advice.get("env") and self.chat.messages) or time.monotonic() > until:
                return advice
            time.sleep(0.1)


def recording_time(stamp: str) -> float:
    """UTC seconds of an RFC 3339 stamp."""
    from datetime import datetime

    return datetime.fromisoformat(stamp).timestamp()
