"""Source code that holds a message is no message: tables, assertions, patterns, comments; logs beside them are."""

from __future__ import annotations

import json

import pytest

from predictor.causes import diagnose
from predictor.causes.quoted import quoted

SAID = 'go: a.b/c@v1.0.0: Get "https://proxy.golang.org/a.b/c/@v/v1.0.0.zip": dial tcp 142.250.1.1:443: i/o timeout'
STRING = json.dumps(SAID)
CODE = {
    "table": f'\ttests := []row{{\n\t\t{{\n\t\t\tname: "a",\n\t\t\tin: {STRING},\n\t\t}},\n\t}}',
    "row": f'func TestX(t *testing.T) {{\n\tfor _, tt := range []row{{\n\t\t{{"a", {STRING}, true}},\n\t}} {{',
    "contains": f"\tif strings.Contains(err.Error(), {STRING}) {{",
    "format": f"\treturn fmt.Errorf({STRING}, path)",
    "raw": f"package x\n\nconst sample = `{SAID}`\n\nfunc TestParse(t *testing.T) {{",
    "comment": f"// go says\n//\n//\t{SAID}\nfunc fetch() error {{\n\tfor i := 0; i < 3; i++ {{",
    "assert": f"def test_reads():\n    assert {SAID!r} in out",
    "list": f'WORDS = [\n    "EOF",\n    {STRING},\n]\n\n\ndef known(text: str) -> bool:',
    "expect": f"    expect(parse({STRING})).toEqual({{ kind: 'outage' }});",
    "grep": f"#!/bin/bash\nif grep -q {STRING} err.log; then\n  exit 1\nfi",
    "let": f'  context "down" do\n    let(:stderr) {{ {STRING} }}\n  end',
    "rule": f"rules:\n  - name: outage\n    pattern: {STRING}\n    severity: high",
    "fixture": f'{{\n  "input": {STRING},\n  "expected": "outage"\n}}',
    "script": f"! go mod download\nstderr '^{SAID}$'",
    "diff": f'@@ -1,3 +1,9 @@ func TestX(t *testing.T) {{\n+\t\t{{\n+\t\t\tname: "x",\n+\t\t\tin: {STRING},\n+\t\t}},',
    "test": f"    classify_test.go:41: input {STRING}: got none, want outage\n--- FAIL: TestClassify (0.00s)",
}
LOGS = {
    "plain": SAID,
    "logfmt": f"time=2026-11-22T07:50:02Z level=error msg={STRING}",
    "json": f'{{"level":"error","output":{STRING}}}',
    "script": f"#!/bin/bash -eo pipefail\ngo mod download\n{SAID}\nExited with code exit status 1",
    "comment": f"# {SAID}",
    "exception": f'  File "x.py", line 3\n    raise RuntimeError("failed: " + text)\nRuntimeError: failed: {SAID}',
    "code above": f"package main\n\nimport (\n\t\"a.b/c\"\n)\n\nfunc main() {{}}\n\n$ go build\n{SAID}",
    "of a test": f"--- FAIL: TestBuild (1.2s)\n    build_test.go:17: {SAID}",
}  # fmt: skip


@pytest.mark.parametrize("text", CODE.values(), ids=CODE.keys())
def test_source_code_that_holds_a_message_gives_no_finding(text: str) -> None:
    """Programs that look for such messages, and their tests, fetch nothing."""
    assert diagnose(text) == []


@pytest.mark.parametrize("text", LOGS.values(), ids=LOGS.keys())
def test_a_message_in_a_log_is_read_whatever_quotes_it(text: str) -> None:
    """Logs quote too, and stand beside code."""
    assert [one.cause for one in diagnose(text)] == ["tcp_timeout"]


def test_a_doubtful_line_is_code_where_code_stands_around_it() -> None:
    """A string on a line of its own may be an element of a list."""
    lines = [f"    {STRING},"]

    assert not quoted(lines, 0, 0)
    assert quoted(["x := []string{", *lines, "}", "for _, s := range x {"], 1, 1)
