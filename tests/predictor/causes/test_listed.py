"""A list of typical errors is no log, a log in bullets is one."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose
from predictor.causes.listed import listed, told

CASES = [
    "If the network is down, dial tcp: lookup proxy.golang.org: no such host",
    "a tag that nobody pushed gives unknown revision v1.2.3",
    'and a slow link ends in Get "https://proxy.golang.org/...": i/o timeout',
]
REAL = 'Get "https://proxy.golang.org/github.com/a/b/@v/v1.0.0.mod": dial tcp 142.250.74.81:443: i/o timeout'


@pytest.mark.parametrize("mark", ["- ", "* ", "\u2022 ", "  \u2013 ", "\u2022"])
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\n  see below\n"])
def test_a_list_of_cases_is_no_log(mark: str, gap: str) -> None:
    """Whatever the marks, and with empty or indented lines between the points."""
    assert diagnose("What go mod tidy may print:\n\n" + gap.join(mark + case for case in CASES)) == []


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"- the run on day {n} failed: {REAL}" for n in range(3)),
        f"- one more case of many\n- this is what came\n- {REAL}",
        f"- the first thing we saw\n- then there was this\n- and in the end\n\n{REAL}",
        f"1. you run the build\n2. it takes a while\n3. you get {CASES[0][24:]}",
        f"- the proxy cannot be found {CASES[0][24:]}",
    ],
)
def test_a_real_message_is_read_wherever_it_stands(text: str) -> None:
    """It names a version or an address, begins the point, stands below the list, in a step, or alone."""
    assert diagnose(text) != []


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("- When the proxy is down", True),
        ("* \u4f7f\u7528\u4ee3\u7406\u65f6 dial tcp", True),
        (
            "\u2022 \u043f\u0440\u043e\u043a\u0441\u0438 \u043d\u0435 \u0442\u0430\u043c, dial tcp",
            True,
        ),
        ("- go: downloading github.com/a/b v1.0.0", False),
        ("- error: exit status 1", False),
        ("When the proxy is down", False),
        ("-x the proxy is down", False),
        ("", False),
    ],
)
def test_a_sentence_is_told_from_a_message(line: str, sentence: bool) -> None:
    """Three plain words, or a script without spaces."""
    assert told(line) is sentence


def test_two_points_are_no_list() -> None:
    """People say in two points what they did and what they got."""
    lines = [f"- {case}" for case in CASES[:2]]

    assert not listed(lines, 0, CASES[0])
    assert listed([*lines, "- one more of these cases"], 0, CASES[0])
