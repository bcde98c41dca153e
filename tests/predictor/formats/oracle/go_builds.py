"""Builds drawn at random: what the go command downloads, what goes wrong, how the job ends; plain, traced, as JSON."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from tests.predictor.formats.oracle.go_output import PROXY, File, Output
from tests.predictor.formats.oracle.written import Written

MODULES = ("github.com/BurntSushi/toml", "example.com/tls/x509/v2", "golang.org/x/text", "a.b/timeout")
VERSIONS = ("v1.2.3", "v2.0.0-20240102030405-abcdef012345")
OTHERS = ("ok  \ta.b/pkg\t0.011s", "--- PASS: TestX (0.00s)", "cc -O2 -c a.c", "", "# a.b/pkg")
HEADS = ("go: ", "main.go:5:2: ")
ENDS = {
    "rc=0": "ok",
    "Job succeeded": "ok",
    "Finished: SUCCESS": "ok",
    "rc=1": "failed",
    "##[error]Process completed with exit code 1.": "failed",
    "ERROR: Job failed: exit code 1": "failed",
    "Finished: FAILURE": "failed",
    "rc=137": "killed",
    "##[error]The operation was canceled.": "killed",
    "Finished: ABORTED": "killed",
}
#: words of a transport error -> (outcome, cause); go-fetch-truth.md section 2
BROKEN = {
    "dial tcp 10.0.0.9:3000: connect: connection refused": ("failed", "tcp_refused"),
    "dial tcp 10.0.0.9:3000: i/o timeout": ("failed", "tcp_timeout"),
    f"dial tcp: lookup {PROXY.partition(':')[0]} on 10.0.0.53:53: no such host": ("failed", "dns"),
    "read tcp 10.0.0.1:51000->10.0.0.9:3000: read: connection reset by peer": ("failed", "tcp_reset"),
    "EOF": ("failed", "tcp_reset"),
    "net/http: TLS handshake timeout": ("failed", "tls"),
    "stream error: stream ID 5; INTERNAL_ERROR; received from peer": ("failed", "http2_stream"),
}
#: status line -> (outcome, cause)
ANSWERS = {
    "500 Internal Server Error": ("failed", "http_5xx"),
    "502 Bad Gateway": ("failed", "http_5xx"),
    "503 Service Unavailable": ("failed", "http_5xx"),
    "429 Too Many Requests": ("failed", "http_429"),
    "404 Not Found": ("missing", "http_404_410_missing"),
    "410 Gone": ("missing", "http_404_410_missing"),
}
#: what a server said beside the status -> whether a 404 with it is an outage of the server's own upstream
BODIES = {"": False, "said by the server": False, "not found: fetch timed out": True, "not found: bad upstream": True}
REPOSITORY, TOOLCHAIN = File("github.com/acme/widget", "", "vcs"), File("golang.org/toolchain", "go1.23.4", "toolchain")
FILES = st.builds(File, st.sampled_from(MODULES), st.sampled_from(VERSIONS), st.sampled_from(["mod", "info", "zip"]))
Fault = tuple[str, str, str]  # words behind "M@V: ", outcome, cause


def by_status(draw: st.DrawFn, file: File, words: str) -> Fault:
    """The message about an answer; its body may say that a 404 is an outage."""
    body = draw(st.sampled_from(list(BODIES)))
    outcome, cause = ANSWERS[words]
    if outcome == "missing" and BODIES[body]:
        outcome = "failed"
    return f"reading {file.url}: {words}" + (f"\n\tserver response: {body}" if body else ""), outcome, cause


def fault(draw: st.DrawFn, file: File) -> Fault:
    """An error of the go command about a file of the proxy."""
    kind = draw(st.integers(0, 2))
    if kind == 0:
        words = draw(st.sampled_from(list(BROKEN)))
        return f'Get "{file.url}": {words}', *BROKEN[words]
    if kind == 1:
        return f'read "{file.url}": unexpected EOF', "failed", "truncated_body"
    return by_status(draw, file, draw(st.sampled_from(list(ANSWERS))))


def plain(draw: st.DrawFn, out: Output) -> None:
    """A build without ``-x``: downloads, and errors about some of them."""
    if draw(st.booleans()):
        out.download(TOOLCHAIN)
    for file in draw(st.lists(FILES, min_size=1, max_size=8, unique_by=lambda file: (file.module, file.version))):
        zipped = File(file.module, file.version, "zip")
        happens = draw(st.sampled_from(["download", "download", "fails", "both", "other"]))
        if happens in ("download", "both"):
            out.download(zipped)
        if happens == "other" or (happens == "both" and draw(st.booleans())):
            out.other(draw(st.sampled_from(OTHERS)))
        if happens in ("fails", "both"):
            out.error(draw(st.sampled_from(HEADS)), *_about(zipped if happens == "both" else file, draw))


def _about(file: File, draw: st.DrawFn) -> tuple[File, str, str, str]:
    return file, *fault(draw, file)


def traced(draw: st.DrawFn, out: Output) -> None:
    """A build with ``-x``: requests side by side, answers in any order, some never."""
    files = draw(st.lists(FILES, min_size=1, max_size=8, unique=True))
    for file in files:
        out.start(draw(st.sampled_from([file, file, file, File(file.module, file.version, "sumdb"), REPOSITORY])))
        if draw(st.integers(0, 5)) == 5:
            out.other(draw(st.sampled_from(OTHERS)))
        while draw(st.booleans()) and out.build.running:
            answer(draw, out)


def answer(draw: st.DrawFn, out: Output) -> None:
    """One of the open requests ends; what failed may be said again as a message, or be asked again."""
    running = draw(st.sampled_from(out.build.running))
    file, ms, kind = running.file, draw(st.integers(0, 59_999)), draw(st.integers(0, 5))
    if file.op == "vcs":
        out.ran(running, ms)
        return
    if kind == 0:
        words = draw(st.sampled_from(list(BROKEN)))
        outcome, cause = BROKEN[words] if file.op != "sumdb" else ("failed", "sumdb_unreachable")
        out.broke(running, words, outcome, cause)
        said: Fault | None = (f'Get "{file.url}": {words}', outcome, cause)
    elif kind == 1:
        words = draw(st.sampled_from(list(ANSWERS)))
        out.answer(running, words, *ANSWERS[words], ms)
        said = by_status(draw, file, words)
    else:
        out.answer(running, "200 OK", "ok", "none", ms)
        said = (f'read "{file.url}": unexpected EOF', "failed", "truncated_body") if kind == 2 else None
    if said and file.op != "sumdb" and draw(st.booleans()):
        out.error(draw(st.sampled_from(HEADS)), file, *said)
    elif said and draw(st.booleans()):
        out.start(file)


@st.composite
def builds(draw: st.DrawFn) -> Written:
    """Logs of one or two builds, with or without stamps, an end that is said, a proxy that is known."""
    out = Output(draw, stamped=draw(st.booleans()), upstream=draw(st.sampled_from(["", PROXY])))
    if draw(st.booleans()):
        out.other(draw(st.sampled_from(OTHERS)))
    for _ in range(draw(st.integers(1, 2))):
        draw(st.sampled_from([plain, traced]))(draw, out)
        if draw(st.booleans()):
            line = draw(st.sampled_from(list(ENDS)))
            out.end(line, ENDS[line])
        else:
            break
    return out.finish(draw(st.sampled_from([None, 5, 100, 400])))


@st.composite
def as_json(draw: st.DrawFn) -> Written:
    """The same from ``go build -json``: messages come as records, one for each of their lines."""
    log = draw(builds())
    skinned = [_record(line) if _belongs(line) else line for line in log.lines]
    return Written(skinned, log.events, log.source, log.stamps, log.now)


def _belongs(line: str) -> bool:
    """Whether the go command prints this line as a record: messages; downloads and traces stay plain."""
    return line.startswith(("main.go:", "\t", "go: ")) and not line.startswith("go: downloading")


def _record(line: str) -> str:
    said = {"ImportPath": "a.b/pkg", "Action": "build-output", "Output": line + "\n"}
    return json.dumps(said, separators=(",", ":"))


GO = {"builds": builds()}
GO_JSON = {"build-json": as_json()}
