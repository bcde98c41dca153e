"""The whole excerpt decides: precedence, hosts at fault, proofs and hangs."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose, diagnose_message
from predictor.causes.explain import explain
from predictor.causes.proof import cut_after, hash_of_mod

MODULE = "example.com/lib"
MISMATCH = """verifying {module}@v1.0.0{mod}: checksum mismatch
\tdownloaded: {hash}
\tgo.sum:     h1:AhEHES9DrCB9xHcHc7+OtNtUEuN0z4wvrrUCNMTrrdo=

SECURITY ERROR
This download does NOT match an earlier download recorded in go.sum."""
MISSING = (
    "go: a.b/c@v1.0.0: reading https://p.example/a.b/c/@v/v1.0.0.mod: 404 Not Found\n\tserver response: not found: "
)
RESOLVE = "fatal: unable to access 'https://github.com/b/c/': Could not resolve host: github.com"
ASKED = 'go: a.b/c@v1.0.0: Get "https://p.example/a.b/c/@v/v1.0.0.mod": '
PAGE = "go: a.b/c@v1.0.0: invalid response from proxy \"https://p.example\": invalid character '<' looking for a value"
SUM = "go: a.b/c@v1.0.0: verifying module: reading https://{}/lookup/a.b/c@v1.0.0: 500 X"
GIT = """go: github.com/a/b@v1.0.0: git ls-remote -q https://github.com/a/b in /m/cache/vcs/0a: exit status 128:
\tfatal: could not read Username for 'https://github.com': terminal prompts disabled"""
LOADING = "go: downloading a.b/c v1.0.0"
GOOD = b"module example.com/lib\n\ngo 1.20\n"
TRACE = "# get https://p.example/{path}: {result} (0.120s)"


@pytest.mark.parametrize(
    ("message", "host"),
    [
        ("go: a.b/c@v1.0.0: reading https://p.example/a.b/c/@v/v1.0.0.mod: 503 Service Unavailable", "p.example"),
        ("go: a.b/c@v1.0.0: reading http://bob:xx@p.example:3000/a.b/c/@v/v1.0.0.mod: 503 X", "p.example:3000"),
        (SUM.format("p.example/sumdb/sum.golang.org"), "p.example"),
        (SUM.format("sum.golang.org"), "sum.golang.org"),
        (ASKED + "dial tcp: lookup cdn.example on 1.1.1.1:53: no such host", "cdn.example"),
        (ASKED + "proxyconnect tcp: dial tcp 10.0.0.1:3128: connect: connection refused", "10.0.0.1:3128"),
        (MISSING + RESOLVE, "github.com"),
        (MISSING + "fetch timed out", ""),
    ],
)  # fmt: skip
def test_the_host_at_fault_follows_the_rule_of_the_family(message: str, host: str) -> None:
    """The proxy's upstream is not the proxy, and the checksum database is the proxy where the path has /sumdb/."""
    found = diagnose_message(message)

    assert found is not None
    assert found.host == host


@pytest.mark.parametrize(
    ("url", "phase", "module", "version"),
    [
        ("https://p.example/github.com/%21burnt/toml/@v/v0.3.1.zip", "zip", "github.com/Burnt/toml", "v0.3.1"),
        ("https://p.example/golang.org/x/text/@v/list", "list", "golang.org/x/text", ""),
        ("https://p.example/golang.org/x/text/@latest", "list", "golang.org/x/text", ""),
        ("https://p.example/golang.org/toolchain/@v/v0.0.1-go1.zip", "toolchain", "golang.org/toolchain", "v0.0.1-go1"),
    ],
)  # fmt: skip
def test_the_url_says_phase_module_and_version(url: str, phase: str, module: str, version: str) -> None:
    """Escaped letters are decoded; a toolchain is a phase of its own."""
    found = diagnose_message(f"go: reading {url}: 502 Bad Gateway")

    assert found is not None
    assert (found.phase, found.module, found.version) == (phase, module, version)


def test_parent_path_404s_of_a_lookup_that_succeeded_are_no_finding() -> None:
    """go get asks for every parent of a path; 404 is the normal answer."""
    lines = [
        TRACE.format(path="github.com/@v/list", result="404 Not Found"),
        TRACE.format(path="github.com/a/b/@v/list", result="200 OK"),
    ]

    assert diagnose("\n".join(lines)) == []


def test_a_proxy_error_hidden_behind_direct_is_found_and_said_to_be_hidden() -> None:
    """The build's last error blames git; the trace above it shows the proxy's own."""
    hidden = TRACE.format(path="github.com/a/b/@v/v1.0.0.info", result="503 Service Unavailable")

    said = explain(f"{hidden}\n{GIT}".encode())

    assert said.primary == 0
    assert (said.findings[0].cause, said.outage) == ("http_5xx", True)
    assert "hides this answer" in said.findings[0].why


@pytest.mark.parametrize("size", [0, 9, 16, 22, 28])
def test_a_cut_go_mod_is_told_from_an_attack_by_its_hash(size: int) -> None:
    """The hash of an empty go.mod, or of the beginning of one, proves that the body was cut."""
    digest = hash_of_mod(GOOD[:size])

    found = diagnose(MISMATCH.format(module=MODULE, mod="/go.mod", hash=digest))

    assert cut_after(MODULE, digest) == size
    assert [(one.cause, one.outage) for one in found] == [("truncated_body", True)]


@pytest.mark.parametrize("mod", ["", "/go.mod"])
def test_an_altered_file_stays_an_integrity_finding(mod: str) -> None:
    """Without a proof a checksum mismatch is not talked away."""
    digest = hash_of_mod(b"module example.com/lib\n\ngo 1.20\n\n// altered\n")

    found = diagnose(MISMATCH.format(module=MODULE, mod=mod, hash=digest))

    assert [(one.cause, one.outage, one.klass) for one in found] == [("checksum_mismatch", False, "integrity")]


def test_a_checksum_error_beside_a_portals_page_is_an_outage() -> None:
    """The same proxy that sends a login page for one file sends it for another."""
    digest = hash_of_mod(b"<html>")

    found = diagnose(f"{PAGE}\n{MISMATCH.format(module=MODULE, mod='/go.mod', hash=digest)}")

    assert [one.outage for one in found] == [True, True]


@pytest.mark.parametrize(
    ("last", "stop", "hung"),
    [
        (LOADING, "ERROR: Job failed: execution took longer than 1h0m0s seconds", True),
        ("# get https://p.example/a.b/c/@v/v1.0.0.zip", "Build timed out (after 30 minutes).", True),
        (LOADING, "ok  \ta.b/app\t0.1s\nJob failed: execution took longer than 1h0m0s", False),
        (LOADING, "", False),
        (f"2026-01-01T10:00:00.0Z {LOADING}", "2026-01-01T16:00:00.0Z ##[error]The operation was canceled.", True),
        (f"2026-01-01T10:00:00.0Z {LOADING}", "2026-01-01T10:00:09.0Z ##[error]The operation was canceled.", False),
    ],
)  # fmt: skip
def test_a_fetch_is_hung_only_where_the_job_was_stopped_in_it(last: str, stop: str, hung: bool) -> None:
    """A log that just ends after a download looks like success; a time limit in the middle of one does not."""
    found = diagnose(f"{last}\n{stop}")

    assert [(one.cause, one.outcome) for one in found] == ([("proxy_hang", "hung")] if hung else [])


@pytest.mark.parametrize("secret", ["bob:hunter2", "ghp_sesame"])
def test_credentials_in_urls_are_not_repeated(secret: str) -> None:
    """A pasted log may hold a token; what is said about it does not."""
    found = diagnose(f"go: a.b/c@v1.0.0: reading https://{secret}@p.example/a.b/c/@v/v1.0.0.mod: 503 X")

    assert [(one.host, secret in repr(one)) for one in found] == [("p.example", False)]


def test_repeated_blocks_are_counted_once() -> None:
    """BuildKit prints the failing step again at the end."""
    line = "go: a.b/c@v1.0.0: reading https://p.example/a.b/c/@v/v1.0.0.mod: 503 Service Unavailable"

    assert len(diagnose(f"{line}\n------\n{line}\n------")) == 1


def test_trouble_in_unknown_words_is_kept() -> None:
    """No family knows it, so its cause is none and its outcome failed."""
    found = diagnose("go: a.b/c@v1.0.0: flux capacitor drained")

    assert [(one.cause, one.outcome, one.family, one.module) for one in found] == [
        ("none", "failed", "unknown", "a.b/c")
    ]


def test_a_broken_setting_is_primary_before_the_users_errors_that_it_brings() -> None:
    """An outage stays before both."""
    asked = 'go list -m: module "a.b/c" is not a known dependency'
    setting = "go: a.b/c@v1.0.0: invalid proxy URL missing scheme: none"

    said = explain(f"{asked}\n{setting}".encode())
    down = explain(f"{asked}\n{setting}\n{ASKED}dial tcp 1.1.1.1:443: i/o timeout".encode())

    assert said.primary == 1
    assert down.primary == 2
