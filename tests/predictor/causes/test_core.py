"""Bare network errors in notes: go's only where the section speaks of modules and of no other program."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose
from predictor.causes.core import MOST, core_alone
from predictor.causes.match import of_a_program

NOTE = "The release failed in `go mod tidy`.\n\n{}\n\nA re-run of `proxy.golang.org` fetches went green."


@pytest.mark.parametrize(
    ("core", "cause"),
    [
        ("net/http: TLS handshake timeout", "tls"),
        ("dial tcp 142.250.1.1:443: i/o timeout", "tcp_timeout"),
        ("it got HTTP/2 `INTERNAL_ERROR` six times", "http2_stream"),
        ("read tcp 10.0.0.1:50->142.250.1.1:443: read: connection reset by peer", "tcp_reset"),
        ("some answers were 503 Service Unavailable", "http_5xx"),
        ("x509: certificate signed by unknown authority", "tls"),
    ],
)
def test_a_core_in_a_note_about_modules_is_read(core: str, cause: str) -> None:
    """The section names the command and the server; the error itself names neither."""
    found = core_alone(NOTE.format(core))

    assert [(one.cause, one.host, one.outage, one.line) for one in found] == [(cause, "proxy.golang.org", True, 2)]


@pytest.mark.parametrize(
    "line",
    [
        "dial tcp 172.18.0.2:5432: connect: connection refused",
        'Get "https://api.example.com/v1": net/http: TLS handshake timeout',
        "docker pull: net/http: TLS handshake timeout",
        'if strings.Contains(err.Error(), "i/o timeout") {',
        "    --- FAIL: TestDial: i/o timeout",
        "grep -E 'i/o timeout|unexpected EOF|connection refused|no such host|TLS handshake timeout'",
    ],
)
def test_a_core_of_another_program_is_nobodys(line: str) -> None:
    """A port, a URL, a tool, a test or code on the line is somebody else's."""
    assert core_alone(NOTE.format(line)) == []


def test_a_core_in_another_section_is_nobodys() -> None:
    """A heading ends what a note is about."""
    text = "## Build\n\nRun `go mod download`.\n\n## Trouble\n\nThe client prints i/o timeout."

    assert core_alone(text) == []


def test_a_core_far_from_any_module_is_nobodys() -> None:
    """Without words about modules nothing is read, however long the text is."""
    assert core_alone("i/o timeout\n" * (MOST + 5)) == []


@pytest.mark.parametrize(
    "line",
    [
        'fmt.Errorf("verifying go.mod: %v", err)',
        r'(r"missing go\.sum entry", r"cannot find module providing package")',
        "'missing go.sum entry|permission denied|no space left on device|unknown revision|i/o timeout'",
    ],
)
def test_source_code_is_no_message(line: str) -> None:
    """Formats and patterns hold go's words and report nothing."""
    assert of_a_program(line)
    assert diagnose(line) == []


def test_a_proxy_list_is_no_pattern() -> None:
    """Bars stand between the servers of GOPROXY too."""
    assert not of_a_program("GOPROXY=https://a.example|https://b.example|https://c.example|https://d.example|direct")


def test_a_page_in_an_answer_is_no_pattern() -> None:
    """A server may answer with a page that holds scripts."""
    page = "<html><script>s.match(/a.*b|c|d|e|f/); printf('%s')</script></html>"
    status = "go: a.example/b@v1.0.0: reading https://p.example/a.example/b/@v/v1.0.0.mod: 503 Busy"
    text = f"{status}\n\tserver response: {page}"

    assert [one.cause for one in diagnose(text)] == ["http_5xx"]


def test_strings_of_source_code_form_one_message() -> None:
    """A message that a test holds in several strings is read whole, from its first line."""
    code = 'stderr=(\n    b\'read "https://proxy.golang.org/x/y/@v/v1.0.0.zip": \'\n    b"unexpected EOF"\n),'

    assert [(one.cause, one.line) for one in diagnose(code)] == [("truncated_body", 1)]
