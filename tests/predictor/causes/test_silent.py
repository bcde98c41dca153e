"""A go command that another program ended is a hang only after a long silence."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose

LOG = "2024-05-01 {begin} resolving modules\n2024-05-01 {end} {said}"


@pytest.mark.parametrize(
    ("said", "end", "hung"),
    [
        ("go mod download: signal: terminated", "10:20:00", True),
        ("go mod download: signal: terminated", "10:00:30", False),
        ("go mod download: signal: killed", "10:20:00", True),
        ("go mod download: signal: killed", "10:02:00", False),
        ("go build ./...: signal: killed", "10:20:00", False),
        ("go test ./...: signal: terminated", "10:20:00", False),
    ],
)  # fmt: skip
def test_the_silence_before_the_end_decides(said: str, end: str, hung: bool) -> None:
    """Want of memory kills early, people stop at once, and compilers and tests are silent by themselves."""
    found = diagnose(LOG.format(begin="10:00:00", end=end, said=said))

    assert [(one.cause, one.outage, one.line) for one in found] == ([("proxy_hang", True, 1)] if hung else [])


def test_the_stamp_may_stand_a_few_lines_above_the_end() -> None:
    """A program logs that the command returned and then panics without a stamp."""
    log = LOG.format(begin="10:00:00", end="10:18:00", said='go mod returned: ""')

    found = diagnose(f"{log}\npanic: could not download: go mod failed: signal: terminated")

    assert [(one.cause, one.line) for one in found] == [("proxy_hang", 2)]


def test_a_silence_over_midnight_is_measured() -> None:
    """Clocks without a date begin anew."""
    found = diagnose("23:59:00 go mod tidy\n00:09:00 go mod tidy: signal: terminated")

    assert [one.cause for one in found] == ["proxy_hang"]


def test_a_deadline_needs_no_stamps() -> None:
    """It says by itself that a time limit was over; one of another program's request does not."""
    other = 'RUN go mod download\nError: Head "https://registry-1.docker.io/v2/": context deadline exceeded'

    assert [one.cause for one in diagnose("running go mod download: context deadline exceeded")] == ["proxy_hang"]
    assert diagnose(other) == []


@pytest.mark.parametrize(("minutes", "found"), [(20, 1), (0, 0)])
def test_stamps_of_the_wrapper_count(minutes: int, found: int) -> None:
    """They are off the lines when they are read."""
    assert len(diagnose("go mod tidy\ngo mod tidy: signal: terminated", (0.0, 60.0 * minutes))) == found


@pytest.mark.parametrize(
    ("waited", "frame", "hung"),
    [
        ("syscall, 1327 minutes", "cmd/go/internal/modfetch/codehost.WorkDir(0x15dd633, 0x4)", True),
        ("select, 5 minutes", "cmd/go/internal/web.get(0x1, 0x2)", True),
        ("syscall", "cmd/go/internal/modfetch/codehost.WorkDir(0x15dd633, 0x4)", False),
        ("chan receive, 9 minutes", "cmd/go/internal/work.(*Builder).Do(0x1)", False),
    ],
)
def test_a_dump_shows_what_a_go_command_waits_for(waited: str, frame: str, hung: bool) -> None:
    """Inside the fetching code or its locks for minutes is a hang; a compiler that works is none."""
    dump = (
        f"SIGQUIT: quit\n\ngoroutine 1 [{waited}]:\nsyscall.syscall(0x1)\n\t/go/src/a.go:1\n{frame}\n\t/go/src/b.go:2"
    )

    assert [one.line for one in diagnose(dump)] == ([2] if hung else [])
