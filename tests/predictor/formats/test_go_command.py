"""What lines of the go command become which events."""

from __future__ import annotations

import pytest

from predictor.formats.go_command import FORMAT
from predictor.protocols import Source
from tests.predictor.formats.go_logs import LOG, brief, read
from tests.predictor.formats.wrappers import skins

START = 1795333802.0
URL = "https://proxy.golang.org/github.com/a/b/@v/v1.0.0"
GET = f"# get {URL}"


def stamped(*lines: tuple[float, str]) -> bytes:
    """A GitHub Actions log of lines at seconds after START."""
    return skins.github_actions([text.encode() for _, text in lines], [START + second for second, _ in lines])


def test_every_kind_of_line_of_a_log_has_its_event() -> None:
    assert brief(read(LOG), "kind", "op", "module", "upstream", "outcome", "cause", "line") == [
        ("fetch", "mod", "example.com/lib", "proxy.corp.example:3000", "ok", "none", 5),
        ("fetch", "sumdb", "example.com/lib", "sum.golang.org", "ok", "none", 6),
        ("fetch", "vcs", "github.com/acme/widget", "github.com", "ok", "none", 8),
        ("fetch", "info", "example.com/lib", "proxy.corp.example:3000", "failed", "http_5xx", 9),
        ("fetch", "list", "rsc.io/quote", "proxy.golang.org", "failed", "tcp_timeout", 14),
        ("fetch", "toolchain", "golang.org/toolchain", "proxy.corp.example:3000", "ok", "none", 1),
        ("fetch", "zip", "github.com/BurntSushi/toml", "proxy.corp.example:3000", "ok", "none", 2),
        ("job", "none", None, "proxy.corp.example:3000", "failed", "http_5xx", 16),
    ]


def test_a_trace_gives_status_latency_and_the_time_of_its_end() -> None:
    (fetch, _) = read(stamped((0, f"{GET}.zip"), (2, f"{GET}.zip: 200 OK (1.875s)")))

    assert (fetch["time"], fetch["latency_s"], fetch["status"]) == ("2026-11-22T07:50:04Z", 1.875, 200)


@pytest.mark.parametrize(
    ("end", "outcome", "cause", "status"),
    [
        ("404 Not Found (0.010s)", "missing", "http_404_410_missing", 404),
        ("429 Too Many Requests (0.010s)", "failed", "http_429", 429),
        ("520  (0.010s)", "failed", "http_5xx", 520),
        ("503 Service Unavailable (0.010s)", "failed", "http_5xx", 503),
        (f'Get "{URL}.zip": dial tcp 1.2.3.4:443: connect: connection refused', "failed", "tcp_refused", None),
        (f'Get "{URL}.zip": dial tcp: lookup proxy.golang.org: no such host', "failed", "dns", None),
    ],
)
def test_ends_of_a_request(end: str, outcome: str, cause: str, status: int | None) -> None:
    fetch = read(f"{GET}.zip\n{GET}.zip: {end}\n".encode())[0]

    assert (fetch["outcome"], fetch["cause"], fetch["status"]) == (outcome, cause, status)


def test_a_failed_transport_has_the_latency_that_the_stamps_say() -> None:
    broken = f'{GET}.mod: Get "{URL}.mod": dial tcp 1.2.3.4:443: i/o timeout'

    assert read(stamped((0, f"{GET}.mod"), (30, broken)))[0]["latency_s"] == pytest.approx(30.0)


def test_an_open_request_is_hung_after_a_minute_even_if_it_ends_later() -> None:
    rows = read(stamped((0, f"{GET}.zip"), (61, "still here"), (90, f"{GET}.zip: 200 OK (90.000s)")))

    assert brief(rows, "kind", "outcome", "time", "latency_s")[:2] == [
        ("sign", "hung", "2026-11-22T07:51:02Z", None),
        ("fetch", "ok", "2026-11-22T07:51:32Z", 90.0),
    ]
    assert rows[2]["kind"] == "job"


def test_an_open_request_is_hung_when_the_present_says_so() -> None:
    rows = read(stamped((0, f"{GET}.zip")), now=START + 60)

    assert brief(rows, "kind", "outcome", "cause") == [("sign", "hung", "proxy_hang"), ("job", "hung", "proxy_hang")]


def test_an_open_request_of_a_log_that_goes_on_says_nothing() -> None:
    assert read(stamped((0, f"{GET}.zip")), now=START + 59) == []


def test_a_clock_that_jumps_back_and_forth_ends_no_request() -> None:
    rows = read(stamped((0, f"{GET}.zip"), (-40, "jumped"), (20, "back"), (30, f"{GET}.zip: 200 OK (0.100s)")))

    assert brief(rows, "kind") == [("fetch",), ("job",)]


def test_a_download_without_a_trace_is_good_half_a_minute_later() -> None:
    rows = read(stamped((0, "go: downloading github.com/a/b v1.0.0"), (200, "ok")), Source(upstream="mirror"))

    assert brief(rows, "op", "outcome", "time", "upstream")[:1] == [("zip", "ok", "2026-11-22T07:50:32Z", "mirror")]


def test_a_download_with_an_error_is_only_a_failure() -> None:
    error = f"main.go:3:8: github.com/a/b@v1.0.0: reading {URL}.zip: 502 Bad Gateway"
    log = f"go: downloading github.com/a/b v1.0.0\n{error}\n"

    assert brief(read(log.encode()), "kind", "op", "outcome") == [("fetch", "zip", "failed"), ("job", "none", "failed")]


EOF = f'go: github.com/a/b@v1.0.0: Get "{URL}.zip": EOF'


@pytest.mark.parametrize("cuts", [(), (2,), (3,)])
@pytest.mark.parametrize("later", ["ok", "go: downloading example.com/x v1.2.3", "\tserver response: gone", "rc=1"])
def test_what_is_printed_later_does_not_hide_that_a_download_failed(later: str, cuts: tuple[int, ...]) -> None:
    log = stamped((0, "go: downloading github.com/a/b v1.0.0"), (10, EOF), (30, later), (31, "ok"))

    rows = [row for row in read(log, cuts=cuts) if row["module"] == "github.com/a/b"]

    assert brief(rows, "kind", "outcome", "time") == [("fetch", "failed", "2026-11-22T07:50:12Z")]


@pytest.mark.parametrize(("printed", "signs"), [(59, 0), (61, 1)])
def test_a_request_whose_error_is_printed_in_time_is_not_hung(printed: float, signs: int) -> None:
    rows = read(stamped((0, f"{GET}.zip"), (printed, EOF), (62, "go: downloading example.com/x v1.2.3")))

    assert [row["kind"] for row in rows].count("sign") == signs


def test_a_log_that_goes_on_after_an_error_lets_time_pass() -> None:
    """A warning must not wait for the next line of the go command."""
    log = stamped((0, f"{GET}.zip"), (1, "go: github.com/x/y@v1.0.0: reading https://h.io/x: 502 Bad"), (99, "ok"))

    assert ("sign", "hung") in brief(read(log + b"half")[:2], "kind", "outcome")


def test_brackets_thousands_deep_are_read_as_text() -> None:
    assert read(b'{"Action":"x go: ","Package":' + b"[" * 100_000 + b"\n" + LOG) != []


def test_an_error_that_is_printed_again_is_counted_once() -> None:
    error = f"main.go:3:8: github.com/a/b@v1.0.0: reading {URL}.zip: 502 Bad Gateway\n"

    assert brief(read(error.encode() * 3), "kind") == [("fetch",), ("job",)]


@pytest.mark.parametrize(
    "line", ["> go: downloading a.b/c v1.0.0", "build | go: downloading a.b/c v1.0.0", "go: finding a.b/c v1.0.0"]
)
def test_downloads_are_found_behind_unknown_prefixes_and_in_old_words(line: str) -> None:
    assert read(f"{line}\n".encode())[0]["module"] == "a.b/c"


def test_old_meta_requests_are_fetches_of_the_vanity_host() -> None:
    log = (
        b"Fetching https://go.corp.example/lib?go-get=1\n"
        b"Parsing meta tags from https://go.corp.example/lib?go-get=1 (status code 503)\n"
    )

    assert brief(read(log), "op", "upstream", "module", "outcome")[0] == (
        "meta",
        "go.corp.example",
        "go.corp.example/lib",
        "failed",
    )


def test_a_git_command_in_a_clone_belongs_to_the_host_that_was_cloned() -> None:
    command = "cd /m/vcs/ab; git -c protocol.version=2 fetch -f --depth=1 --end-of-options origin refs/tags/v1"
    log = f"mkdir -p /m/vcs/ab # git3 https://git.corp.example/x/y\n{command}\n0.439s # {command}\n"

    (fetch, job) = read(log.encode())

    assert (fetch["upstream"], fetch["module"], fetch["latency_s"]) == (
        "git.corp.example",
        "git.corp.example/x/y",
        0.439,
    )
    assert job["outcome"] == "ok"


def test_the_checksum_database_behind_a_proxy_is_the_proxys() -> None:
    url = "https://proxy.golang.org/sumdb/sum.golang.org/supported"

    assert brief(read(f"# get {url}\n# get {url}: 200 OK (0.1s)\n".encode()), "op", "upstream")[0] == (
        "sumdb",
        "proxy.golang.org",
    )


def test_aliases_name_upstreams() -> None:
    source = Source(aliases={"10.0.0.1:3000": "athens"})
    url = "http://10.0.0.1:3000/github.com/a/b/@v/v1.0.0.mod"

    rows = read(f"# get {url}\n# get {url}: 200 OK (0.100s)\ngo: a/b@v1: reading {url}: 503 x\n".encode(), source)

    assert {row["upstream"] for row in rows} == {"athens"}


def test_json_and_plain_lines_may_mix() -> None:
    log = (
        b"go: downloading github.com/a/b v1.0.0\n"
        b'{"ImportPath":"a","Action":"build-output","Output":"main.go:3:8: github.com/a/b@v1.0.0: reading '
        b'https://proxy.golang.org/github.com/a/b/@v/v1.0.0.zip: 404 Not Found\\n"}\n'
        b'{"ImportPath":"a","Action":"build-output","Output":"\\tserver response: not found: fetch timed out\\n"}\n'
    )

    assert brief(read(log), "kind", "outcome") == [("fetch", "failed"), ("job", "failed")]


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        (b"go: downloading github.com/a/b v1.0.0\n", True),
        (LOG, True),
        (b"main.go:3:8: a.b/c@v1.0.0: reading x\n", True),
        (b"hello world\n", False),
        (b'10.0.0.1 - - [22/Nov/2026:07:50:02 +0000] "GET /a/b HTTP/1.1" 200 5\n', False),
    ],
)
def test_go_output_is_recognised(head: bytes, sure: bool) -> None:
    assert (FORMAT.sniff(head) >= 0.5) is sure
