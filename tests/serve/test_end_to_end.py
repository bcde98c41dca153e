"""``fetchcast serve`` as it is installed: real logs in, real pipeline, a model made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serve.handmade import minute
from tests.serve.installed import Service


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A running service."""
    made = Service(tmp_path)
    yield made
    made.kill()


RISK = "/v1/risk?upstream=proxy.example:443"


def test_a_degradation_becomes_a_warning_a_decision_and_advice(service: Service) -> None:
    for number in range(40):
        taken = service.ask("/v1/logs", minute(number, requests=300))
    calm = service.ask(RISK)
    for number in range(40, 46):
        service.ask("/v1/logs", minute(number, failing=1 / 300, requests=300))
    sick = service.ask(RISK)
    first = service.ask("/v1/decisions")["decisions"][-1]

    assert (taken["lines"], taken["events"], taken["skipped"]) == (300, 300, {})
    assert (calm["state"], calm["warning"]) == ("ok", False)
    assert calm["risk"]["15m"] < 0.1
    assert sick["risk"]["15m"] > 0.5
    assert (sick["state"], sick["warning"]) == ("ok", True)
    assert (first["upstream"], first["action"]) == ("proxy.example:443", "warn")
    assert service.ask("/v1/advice?upstream=proxy.example:443")["deadline_s"] == 300


def test_after_kill_9_it_knows_what_it_knew(service: Service) -> None:
    for number in range(40):
        service.ask("/v1/logs", minute(number, failing=0.05 * (number > 36)))
    before = service.ask(RISK), service.ask("/v1/decisions")
    service.kill()
    service.start()

    assert (service.ask(RISK), service.ask("/v1/decisions")) == before


def test_logs_in_pieces_give_what_the_whole_log_gives(service: Service) -> None:
    whole = b"".join(minute(number) for number in range(5))
    pieces = [whole[at : at + 7001] for at in range(0, len(whole), 7001)]
    events = 0
    for i, piece in enumerate(pieces):
        final = "true" if i == len(pieces) - 1 else "false"
        events += service.ask(f"/v1/logs?source=access.log&final={final}", piece)["events"]

    assert events == 300
