"""The dashboard in a real browser: what an SRE sees, that it refreshes, that it asks no other host."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from serve.app import Settings, create_app
from serve.command import bind
from serve.runtime import Runtime
from tests.conftest import find_part
from tests.serve.scripted import line
from tests.serve.story import START, story

pytestmark = pytest.mark.real("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def address(runtime: Runtime) -> Iterator[str]:
    """A service that listens on loopback."""
    bound = bind("127.0.0.1", 0)
    options = uvicorn.Config(create_app(runtime, Settings()), log_config=None, lifespan="off")
    server = uvicorn.Server(options)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    bound.close()


@pytest.fixture
def page() -> Iterator[Page]:
    """A browser page that fails on an error of its own."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_part("chromium"), args=FLAGS)
        made = browser.new_page(viewport={"width": 1280, "height": 900})
        made.on("console", lambda message: made.errors.append(message.text))  # type: ignore[attr-defined]
        made.errors = []  # type: ignore[attr-defined]
        yield made
        browser.close()


def take(runtime: Runtime, data: bytes) -> None:
    """Hand script to the service."""
    from predictor.protocols import Source

    runtime.take(data, Source("story"), "auto", final=True)


def test_it_shows_state_risk_cause_signals_and_decisions(
    page: Page, address: str, runtime: Runtime, tmp_path: Path
) -> None:
    take(runtime, story())
    page.goto(address)
    page.screenshot(path=tmp_path / "dashboard.png", full_page=True)
    card = page.locator("article.warning").inner_text()

    for text in ("proxy.golang.org", "warning since 09:35", "87", "http_5xx", "latency_p95_slope", "+0.38"):
        assert text in card
    assert page.locator("article").count() == 4
    assert page.locator(".decisions tbody tr").count() == 3
    assert "dry-run" in page.locator(".strip").inner_text()
    assert (tmp_path / "dashboard.png").stat().st_size > 10_000


def test_a_curve_is_drawn_and_seen(page: Page, address: str, runtime: Runtime) -> None:
    take(runtime, story())
    page.goto(address)
    box = page.locator("article.outage .spark polyline").bounding_box()

    assert box is not None
    assert box["width"] > 100
    assert box["height"] > 20


def test_it_refreshes_by_itself(page: Page, address: str, runtime: Runtime) -> None:
    page.goto(address)
    before = page.locator("#board").inner_text()
    take(runtime, line("late.example", time=START))
    page.wait_for_selector("text=late.example", timeout=15_000)

    assert "No logs yet" in before
    assert page.errors == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_it_asks_no_other_host_and_breaks_no_policy(page: Page, address: str, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address + path)

    assert all(url.startswith((address, "data:")) for url in asked)
    assert page.errors == []  # type: ignore[attr-defined]


def test_a_narrow_screen_needs_no_sideways_scrolling(page: Page, address: str, runtime: Runtime) -> None:
    take(runtime, story())
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address)

    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
