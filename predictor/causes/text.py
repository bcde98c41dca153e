"""Cleans single lines of pasted logs: quote marks, comment marks, stamps and prompts before the message.

CI wrappers proper are peeled before (``predictor.formats.wrappers``); this takes off what is left when people
paste logs into mails, comments, chats and documents, and undoes JSON and HTML escapes.
"""

from __future__ import annotations

import html
import re

ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b]"
)
#: One mark that stands before a message and is no part of it; taken off as often as it comes.
MARK = re.compile(
    r"""[ \t]*(?:
      (?:>|\||//|\#|;;|--(?!-)|%|•|\u2a2f|✗|✘|❌|»|│|┃)(?!\#)(?:[ \t]|$|(?=[A-Za-z"\t]))   # quotes, comments, bullets
    | \d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?[ ]?(?:Z|[+-]\d\d:?\d\d)?(?:[ ]\d\d[OE]\+?)?[ \t:]? # dates
    | \[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[ \t]             # times
    | \[\d{4}-\d\d-\d\d[T ][^\]]{5,25}\][ \t]?
    | \#\d+[ ](?:\d+\.\d+[ ])?                          # BuildKit
    | \d{1,5}\.\d{1,3}(?:[ ](?=[ \t]*\S)|$)            # ... without the number of the step; an empty line
    | \[(?:info|INFO|warn|WARN|WARNING|error|ERROR|debug|exec|stderr|stdout|build)\][ \t]?
    | remote:[ ]+(?=\#[ ]cd[ ]|Cloning[ ]into|package[ ]\S+\.\S+/|go:[ ]|go[ ]get|fatal:[ ]|\S+\.go:\d+:|[ ]+imports[ ])
    | (?:ERROR|FATA|Error|WARN|INFO|level=\w+)(?:\[[\w:.]+\])[: \t]
    )""",
    re.VERBOSE,
)
GO_TRACE = re.compile(r"[ \t]*# (?:get|\S+\.\S+/\S+(?: \[\S+\])?$)")
ESCAPED = re.compile(r'\\"|\\u00[23][0-9a-f]|\\n\\t|"(?:Error|Output|Err|error|msg|message|log|stderr)"\s*:\s*"')
#: A line of output in the records of ``go build -json`` and ``go test -json``.
RECORD = re.compile(
    r'\{"(?:ImportPath|Time|Action)": ?".*"Action": ?"(?:build-)?output".*?"Output": ?"(?P<said>(?:[^"\\]|\\.)*)"'
)
ESCAPES = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/nrt]))')
PLAIN = {'"': '"', "\\": "\\", "/": "/", "n": "\n", "r": "", "t": "\t"}
ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|quot|gt|lt|amp|apos);", re.IGNORECASE)
MARKS = 6  # how many marks may stand before a message


def unescape(line: str) -> str:
    """Undo JSON string escapes and HTML entities where a line shows that it has some; may give several lines.

    Of a record of ``go build -json`` or ``go test -json`` only what it says is left: records stand for single lines.
    """
    record = RECORD.search(line)
    if record is not None:
        line = record["said"].removesuffix("\\n")
        if "\\" not in line:
            return line
        return ESCAPES.sub(lambda found: chr(int(found[1], 16)) if found[1] else PLAIN[found[2]], line)
    if ESCAPED.search(line):
        line = ESCAPES.sub(lambda found: chr(int(found[1], 16)) if found[1] else PLAIN[found[2]], line)
    return html.unescape(line) if ENTITY.search(line) else line


def bare(line: str) -> str:
    """One line without control characters and without the marks before its message; indentation is kept."""
    line = ANSI.sub("", line.rsplit("\r", 1)[-1] if "\r" in line.rstrip("\r\n") else line).rstrip()
    for _ in range(MARKS):
        if GO_TRACE.match(line):
            break
        mark = MARK.match(line)
        if mark is None or mark.end() == 0:
            break
        line = line[mark.end() :]
    return line
