"""Advice: healthy first, nothing leaked, nothing weakened."""

from __future__ import annotations

import pytest

from predictor.advice import Advice, advise, guarded, reordered
from predictor.errors import RemedyError

WARM = "file:///srv/warm"


def test_without_trouble_nothing_is_changed() -> None:
    """Also when nothing is known."""
    assert advise("proxy.golang.org", risk=0.1, state="ok", warning=False, warm=WARM).env == {}
    assert advise("proxy.golang.org", risk=None, state="unknown", warning=False, warm=WARM).goproxy == ""


def test_in_trouble_the_warm_store_comes_first_and_the_list_stays_behind() -> None:
    """A module that the store does not hold is still found when the upstream answers."""
    advice = advise(
        "proxy.golang.org",
        risk=0.8,
        state="ok",
        warning=True,
        warm=WARM,
        coverage=1.0,
        current="https://proxy.golang.org,direct",
    )

    assert advice.goproxy == "file:///srv/warm,https://proxy.golang.org,direct"
    assert advice.env == {"GOPROXY": advice.goproxy}


@pytest.mark.parametrize(
    ("current", "sick", "fallback", "expected"),
    [
        ("https://a.corp,https://b.corp,direct", "a.corp", False, "https://b.corp,https://a.corp,direct"),
        ("https://a.corp|https://b.corp|off", "a.corp", False, "https://b.corp|https://a.corp|off"),
        ("https://a.corp,https://proxy.golang.org", "a.corp", False, "https://a.corp"),
        ("https://a.corp,https://proxy.golang.org", "a.corp", True, "https://a.corp,https://proxy.golang.org"),
        (
            "https://goproxy.cn,https://proxy.golang.org,direct",
            "goproxy.cn",
            False,
            "https://proxy.golang.org,https://goproxy.cn,direct",
        ),
        ("https://proxy.golang.org", "proxy.golang.org", False, "https://proxy.golang.org"),
    ],
)
def test_the_sick_upstream_is_asked_last_as_far_as_privacy_allows(
    current: str, sick: str, fallback: bool, expected: str
) -> None:
    """A public proxy is never put before a private one, and behind one only with the owner's word."""
    assert reordered(current, sick, fallback) == expected


@pytest.mark.parametrize(
    "env", [{"GOSUMDB": "off"}, {"GONOSUMDB": "*"}, {"GOFLAGS": "-mod=mod -insecure"}, {"GOINSECURE": "*"}]
)
def test_advice_that_lowers_security_cannot_be_made(env: dict[str, str]) -> None:
    """Whoever asks for it."""
    with pytest.raises(RemedyError, match="may never set"):
        guarded(Advice("", env))
