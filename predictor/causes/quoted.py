"""Tells a message from source code that holds one: a test's table, an assertion, a format string, a script's grep.

A line alone seldom proves what it is, as logs quote strings too. What counts is the form of the line (a literal
handed to a call, assigned, compared, or given to a field) together with the lines around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

#: What stands before code in a diff or in the output of a search: ``+``, ``file.go:12:``.
BEFORE = re.compile(r"^(?:[+-](?![+-])|\S+\.(?:go|py|[jt]sx?|rs|sh|rb|java|txt|ya?ml):\d+[:-](?!\d+:))?\s*")
LITERAL = r"[&bfru]{0,2}[\"'`]"
#: Lines that are code by themselves, whatever stands around them.
SURELY = re.compile(
    rf"""return\ (?:\w+,\ )*(?:[\w.]+\()?{LITERAL}
    | (?:raise\ |throw\ |panic\(|assert\w*!?[(\ ]|expect\w*\(|require\().*{LITERAL}
    | (?:t|b|tb|fmt|log|errors|base|strings|assert|require|s|suite|suggest|regexp|re)\.\w+\(.*{LITERAL}
    | .*\b(?:[Cc]ontains|includes|[Hh]asPrefix|[Hh]asSuffix|MatchString|MustCompile|Errorf?|Fatalf?|Sprintf|Skipf?|Logf
        |Panicf|New|startswith|endswith|re\.(?:compile|search|match)|toThrow|toContain|toMatch|toEqual|assert\w*!?
        |http\.Error)\(.*{LITERAL}
    | (?:!|\?)?\ ?(?:stderr|stdout|cmpenv)\ (?:-\S+\ )*['"`^]
    | (?:grep|rg|ag|egrep)\ (?:-\S+\ )*["'] | .*\|\ *(?:grep|rg|egrep)\ (?:-\S+\ )*["']
    | (?:-\ )?["']?(?:pattern|regexp?|match(?:es)?|contains|expect(?:ed|s)?|want(?:ed|Err)?|input|sample|fixture
        |needle)s?["']?\s*[:=]\s*{LITERAL}
    | let!?\(:\w+\)
    | case\ {LITERAL}.*: | \*?["'].*\*\)\s*(?:\S.*)?;;
    """,
    re.VERBOSE,
)
#: Lines that are code where code stands around them.
MAYBE = re.compile(
    rf"""[{{\[(]*\s*[A-Za-z_]\w*\s*[:=]\s*{LITERAL}.*["'`]\s*[,}})\];]+\s*$
    | \{{.*{LITERAL}.*\}}\s*,?\s*$
    | {LITERAL}.*["'`]\s*[,)\]}};]+\s*$
    | .*\w\(\s*(?:[\w.&]+,\s*)*{LITERAL}
    | {LITERAL}.*["'`]\s*\+?\s*$
    | .*[(\[{{,=]\s*{LITERAL}.*["'`]\s*[)}}\];,]*\s*$
    | (?://|\*|/\*|\#)\s
    | [A-Za-z_]\w*\s*[:=]\s*{LITERAL}
    | (?:const|let|var|static|final|private|public)\ \w.*=\s*{LITERAL}
    | \w+\s*:?=\s*(?:\w[\w.]*\()?(?:\[\]\w+\{{)?{LITERAL}
    | (?:\}}\ )?(?:else\ )?(?:if|elif|while)\b.*{LITERAL}
    """,
    re.VERBOSE,
)
#: Lines that show that a text is code.
CODE = re.compile(
    r"""func\b.*[({] | package\ \w+\s*$ | import\s*[("'] | import\ [\w.]+\s*$ | from\ \S+\ import\
    | type\ \w+\ (?:struct|interface|func|\w+\s*$) | return\b(?!ed) | defer\ \w
    | (?:if|for|while|switch)\b.*[{:]\s*$ | if\ .*;\s*then\s*$ | (?:\}\ )?else\b
    | (?:async\ )?def\ \w+ | class\ \w+.*[:{]\s*$ | try:\s*$ | except\b.*: | raise\ \w | assert\w*!?[(\ ] | \#\[\w
    | (?:const|let|var|static|final)\ \w+.*= | (?:pub\ )?fn\ \w | impl\b | use\ \w+:: | function\b.*\{
    | (?:describe|context|it|test|expect)[(\ ]["'(] | (?:fi|done|esac|then|do|end)\s*$
    | \w+\s*:=\s | \w+,\s*\w+\s*:?=\s | [\w.\[\]]+\s[+]?=\s.*[(\[{;]\s*$
    | (?:t|b|fmt|log|errors|base|strings|assert|require|self|this|console|os|suite)\.\w+\(
    | @\w+(?:\(.*\))?\s*$ | \#include | \}\)?;\s*$ | \}\(\)\s*$ | [\w.]+\(.*\);\s*$ | \}\s*catch\b | .*=>\s*\{?\s*$
    | \w+:\s+(?:\[\]|map\[|&?\w+\{|func\() | \[\]\w[\w.]*(?:\{|\s*$)
    | \{\s*(?:name|desc|in|input|want|err|line|text)\s*:
    | (?!stdout|stderr)[A-Za-z_]\w*:\s+(?!"[^"]*":).*\S,\s*$ | \{\w+:\s.*\},\s*$
    | !?\ ?(?:stderr|stdout|cmp|exec|env|grep)\ \S | !\ go\ \w | --\ \S+\ --\s*$
    | @@\ -\d | diff\ --git\ | \#!/ | set\ -[eux] | local\ \w+= | echo\ ["'].*["']
    """,
    re.VERBOSE,
)
NEAR = 5  # lines that are not empty, before and behind, that are looked at
TYPED = 2_000  # characters of the longest line of source code
ENOUGH = 2  # lines of code near by that make a doubtful line one


def quoted(lines: Sequence[str], first: int, last: int) -> bool:
    """Whether the lines of a message are source code that holds it.

    Args:
        lines: the text with wrappers off.
        first: 0-based first line of the message.
        last: its last line.
    """
    own = [stripped(line) for line in islice(lines, first, last + 1)]
    if any(map(SURELY.match, own)):
        return True
    doubtful = [MAYBE.match(line) is not None for line in own]
    if not any(doubtful):
        return False
    beside = [line for line, doubt in zip(own, doubtful, strict=True) if not doubt]
    before = [line for line in lines[max(0, first - 2 * NEAR) : first] if line.strip()][-NEAR:]
    around = [*before, *[line for line in lines[last + 1 : last + 1 + 2 * NEAR] if line.strip()][:NEAR]]
    return sum(CODE.match(line) is not None for line in (*beside, *map(stripped, around))) >= ENOUGH


def stripped(line: str) -> str:
    """A line without its indentation and without the marks of a diff or a search; ``""`` for one that nobody typed."""
    return BEFORE.sub("", line, count=1) if len(line) <= TYPED else ""
