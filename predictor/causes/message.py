"""Joins the lines of one error into one message.

A go error runs over several lines: chains of ``imports`` and ``requires``, the proxy's ``server response``,
git's own words below ``exit status 128``, checksum blocks; and terminals and mail programs wrap long lines
inside a word. A message is a line that may begin an error and what belongs to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from predictor.causes.family import VENDORING, vendoring_words
from predictor.causes.relevance import NETWORK_WORDS, relevant, spoken
from predictor.causes.text import bare, unescape

#: A line that begins something of its own.
START = re.compile(
    r"""\s*(?:\S{1,40}[ \t]+)?(?:
      go(?:[ ](?:get|install|mod[ ]\w+|list|build|run|test|vet|generate|work[ ]\w+))?:[ ]
    | \#[ ]get[ ] | \#[ ]\S+\.\S+/ | \d+\.\d{3}s[ ]\#[ ] | (?:cd|mkdir)[ ]\S
    | \S+\.go:\d+:\d+:[ ] | ---[ ] | FAIL\b | ok[ ]+\t? | panic: | \$[ ] | make(?:\[\d+\])?: | exit[ ]status[ ](?!\d+:)
    | failed[ ]to[ ](?:set[ ]up[ ]sources|list[ ]versions)[ ]
    | Fetching[ ]https?: | https?[ ]fetch[ ]failed | Parsing[ ]meta | package[ ](?:\S+:[ ]|\S+\.\S+/\S+$)
    | verifying[ ]\S+@
    | SECURITY[ ]ERROR | ERROR | Error:[ ] | \#\#\[
    )""",
    re.VERBOSE,
)
#: A line that belongs to the error before it, however it is indented.
CONTINUES = re.compile(
    r"""\s*(?:
      server[ ]response[ ]?[:\uff1a] | not[ ]found: | bad[ ]request: | forbidden: | internal[ ]server[ ]error
    | fatal[ ]?: | 致命错误 | 致命的錯誤 | schwerwiegend | erreur[ ]?: | неустранимая | remote:
    | error:[ ](?:RPC|unable|The[ ]req|\d|could|fetch|pack|index) | ERROR:[ ](?:Repository|You)
    | Confirm[ ]the[ ]import[ ]path | If[ ]this[ ]is[ ]a[ ]private | downloaded: | go(?:\.work)?\.sum: | sum\.\S+:\s+h1:
    | This[ ]download[ ]does[ ]NOT | The[ ]bits[ ]may | have[ ]intercepted | For[ ]more[ ]information,[ ]see
    | SECURITY[ ]ERROR | git@\S+: | ssh:[ ] | Host[ ]key | Permission[ ]denied | kex_exchange | \*\*\*
    | module[ ]declares | but[ ]was[ ]required | Please[ ]make[ ]sure | and[ ]the[ ]repository[ ]exists
    | (?:dial|read|write)[ ](?:tcp|udp) | read:[ ] | lookup[ ] | on[ ]\[?[\d:.a-f]+\]?:53
    | Get[ ]"https?: | https?://\S+:[ ]\d\d\d
    | imports$ | connect:[ ]
    | :[ ](?:exit[ ]status|remote[ ]repository|command[ ]failed|command[ ]killed)
    )""",
    re.VERBOSE,
)
#: What belongs to the error before it even over an empty line.
ANSWER = re.compile(r"\s*(?:server response ?[:\uff1a]|not found: )")
#: The end of a line after which the sentence goes on.
OPEN = re.compile(
    r"(?::|,|=|\$WORK/\S*/|\b(?:requires|imports|reading|read|Get|stream|dial|tcp|udp|lookup|module|package|path|verifying|sum|status"
    r"|exit|unexpected|unknown|invalid|connection|TLS|no such|signed by|for|on|by|of|to|in|with|from|not"
    r"|is|was|the|a|an|and|or))"
    r"\s*$",
    re.ASCII,
)
#: The end of a line that no terminal broke: the last word of a message.
WHOLE = re.compile(
    r"(?:\b(?:Found|Gone|Forbidden|Unauthorized|Requests|Error|Gateway|Unavailable|[Tt]ime-?out|refused|host|peer|EOF|authority"
    r"|misbehaving|unreachable|disabled|denied|mismatch|off|directory|device|exceeded|VCS)"
    r"|exit (?:status|code) \d+|: \d{3})$"
)
OPEN_URL = re.compile(r"https?://[^\s\"`')]*[/\-_.@%=]$|(?:\breading |\"|\bGet )https?://[^\s\"`')]*$")
TROUBLE = re.compile(
    r"go:|@v\d|@latest|erifying|unrecognized|https?://|exit status|module|fetch_repo|\breading "
    r"|cannot find|SECURITY|\bgit\b|sumdb|\$WORK"
)
PROGRESS = re.compile(r"\s*go: (?:downloading|finding|found|extracting|added|upgraded|module \S+ is deprecated)")
#: Whole lines that no other line belongs to: progress, and requests of a trace that went well.
WHOLE_PROGRESS = re.compile(r"go: (?:downloading|finding|extracting) \S+ v[\w.+-]+$")
WHOLE_TRACE = re.compile(
    r"# get https?://\S+?(?:: (?:200 OK|404 Not Found|410 Gone) \(\d+\.\d{3}s\)|\.info|\.mod|\.zip|/list|/@latest)$"
)
#: A record of a proxy about a request that it served.
WENT_WELL = re.compile(
    r"\bincoming request\b.*\bhttp-status\"?[=:] ?\"?(?:2\d\d|304)\b|\"(?:GET|HEAD) \S+ HTTP/[\d.]+\" (?:2\d\d|304) "
)
NO_JOIN = re.compile(r"\s*(?:$|```|[-=+*~]{3,}|At line:|Traceback|\^)")
MODULE = re.compile(r"\s*[\w.-]+\.[\w-]+/\S+@\S+: ")
#: A line that ends with a status, and how the line with the reason begins.
STATUS = re.compile(r": [45]\d\d$")
REASON = re.compile(r"(?:Not Found|Gone|Forbidden|Unauthorized|Too Many|Internal Server|Bad |Service Un|Gateway T)")
#: How the second half of a broken word or address begins.
GOES_ON = re.compile(r"[a-z]|\d(?!\d*[.)] |\d{3}[-/]\d\d|\d?:\d\d)|[:@]\S|: ")
BROKEN = "\u2060"  # stands where a terminal broke a line
WRAP = 72  # a line at least this long may have been wrapped by a terminal inside a word
LEAD = 6  # lines before one that matters with which its message may begin
LINES = 40  # a message takes at most this many lines
LENGTH = 4_000  # ... of which this many characters are read: the first, and the last
LINE = 65_536  # characters that are read of one line of the text
#: A line without any of these neither begins nor is a message about fetching.
HINT = re.compile(
    r"go[:.]|@v\d|@latest|erifying|unrecogni|https?|exit status|modul|fetch|cannot|SECURITY|git|go\.sum|go\.mod|space"
    r"|looku|dial|toolchain|vendor|hecksum|requires|malformed|package|import|PROXY|SUMDB|quota|denied|read-only|# get"
    r"|h1:|tool|zip|record|note|tree|MODCACHE|GOCACHE|/@v/|sum\.|sumdb|fatal|remote:|denied|\\\""
)

#: The same for lines of the vendoring tools before modules, which are looked for where such a tool speaks at all.
TROUBLE_OF_VENDORING = re.compile(rf"{TROUBLE.pattern}|{VENDORING}")
HINT_OF_VENDORING = re.compile(rf"{HINT.pattern}|{VENDORING}|Error resolving|Could not introduce|no activity|Host key")

#: A line of source code that is one string and is put together with the string on the next line.
LITERAL = re.compile(r"\s*[bfru]{0,2}(?P<mark>[\"'`])(?P<body>.*)(?P=mark)\s*[+\\.]?\s*$")
LAST_LITERAL = re.compile(r"\s*[bfru]{0,2}(?P<mark>[\"'`])(?P<body>.*)(?P=mark)\s*[,;)\]}]*\s*$")
STRINGS = 30  # strings that are put together at most
WIDE_COLON = "\uff1a"  # what Chinese editors make of a colon
USERINFO = re.compile(r"://(?!git@)[^/@\s\"']+@")


@dataclass(frozen=True, slots=True)
class Message:
    """One logical message: 0-based first line in the text, and its lines joined by newlines."""

    line: int
    text: str
    end: int = 0  # 0-based last line
    spaced: str = ""  # the same with a space where a terminal may have broken a line inside a word or between two


class Joiner:
    """Collects cleaned lines into messages."""

    def __init__(self, trouble: re.Pattern[str] = TROUBLE) -> None:
        self.done: list[Message] = []
        self._trouble = trouble
        self._line = self._end = 0
        self._parts: list[str] = []
        self._size = 0
        self._gap = False  # whether an empty line came after it
        self._joins = False  # whether the message under way is one that may run on

    def add(self, number: int, line: str) -> None:
        """Take one cleaned line of the text."""
        if not line.strip():
            self._gap = True
            return
        if self._gap and self._parts and not (ANSWER.match(line) or CONTINUES.match(self._parts[-1])):
            self.close()
        self._gap = False
        glue = self._glue(line)
        if glue is None:
            self.close()
            self._line, self._end, self._parts, self._size = number, number, [line], len(line)
            self._joins = not PROGRESS.match(line) and self._trouble.search(line) is not None
            return
        self._size += len(line)
        self._end = number
        if glue == "\n":
            self._parts.append(line)
        else:
            self._parts[-1] += glue + line.strip()

    @property
    def open(self) -> bool:
        """Whether a message is under way and the line before belongs to it."""
        return bool(self._parts) and not self._gap

    def answers(self, line: str) -> bool:
        """Whether a line belongs to the message under way although an empty one is between them."""
        return bool(self._parts) and ANSWER.match(bare(line)) is not None

    def pause(self, line: str) -> None:
        """Take a line that says nothing: an empty one may stand inside a message, another ends it."""
        if line.strip():
            self.close()

    def take_whole(self, line: str, after: Sequence[str]) -> bool:
        """Whether a line says nothing by itself: a request that went well, or progress with no error right below it."""
        if WHOLE_PROGRESS.match(line):
            whole = not any(word in below for below in after for word in NETWORK_WORDS)
        else:
            whole = WHOLE_TRACE.match(line) is not None or WENT_WELL.search(line) is not None
        if whole:
            self.close()
        return whole

    def close(self) -> None:
        """End the message under way."""
        if self._parts:
            text = "\n".join(self._parts).strip("\n")
            spaced = text.replace(BROKEN, " ") if BROKEN in text else ""
            self.done.append(Message(self._line, text.replace(BROKEN, ""), self._end, spaced))
        self._parts = []

    def _glue(self, line: str) -> str | None:
        """How a line hangs on to the message under way: a new line, inside a word or URL, or not (None)."""
        if not self._parts or not self._joins or self._full or NO_JOIN.match(line):
            return None
        last = self._parts[-1]
        if CONTINUES.match(line):
            return "\n"
        if START.match(line):
            return None
        if STATUS.search(last) and REASON.match(line):
            return "\n"
        if OPEN_URL.search(last) and not last.endswith((":", ",")):
            return "" if line.lstrip()[:1].isalnum() and " " not in last[-1:] else "\n"
        if OPEN.search(last) or (line[:1] in "\t " and self._indented(line)):
            return "\n"
        return BROKEN if wrapped(last, line) else None

    @property
    def _full(self) -> bool:
        return len(self._parts) >= LINES or self._size > 2 * LENGTH

    def _indented(self, line: str) -> bool:
        first = self._parts[0]
        return len(line) - len(line.lstrip()) > len(first) - len(first.lstrip())


def wrapped(last: str, line: str) -> bool:
    """Whether a terminal broke a line inside a word, so that ``line`` goes on where ``last`` ends."""
    if len(last) < WRAP or WHOLE.search(last) or MODULE.match(line):
        return False
    if last[-1].isupper() and line[0].isupper():
        return True
    return (last[-1].isalnum() and GOES_ON.match(line) is not None) or (last[-1] in "[." and line[0].isdigit())


def messages(text: str) -> list[Message]:
    """The messages of a text with wrappers off, in order; lines that cannot be about fetching are left out."""
    lines = text.split("\n")
    lowered = text.lower()
    words = spoken(lowered)
    matters = relevant(lowered, words, LEAD)
    vendored = not vendoring_words().isdisjoint(words)
    joiner = Joiner(TROUBLE_OF_VENDORING if vendored else TROUBLE)
    hint = HINT_OF_VENDORING if vendored else HINT
    for number, raw in whole_strings(lines):
        if not joiner.open and not (matters[number] and hint.search(raw)) and not joiner.answers(raw):
            joiner.pause(raw)
            continue
        if ("go: " in raw or "# get " in raw or "incoming request" in raw or '" 200 ' in raw) and joiner.take_whole(
            raw, lines[number + 1 : number + 2]
        ):
            continue
        for line in unescape(raw[:LINE]).split("\n"):
            joiner.add(number, bare(line))
    joiner.close()
    return joiner.done


def whole_strings(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each line with its number; strings of source code that stand below one another and form one, as one line."""
    number = 0
    while number < len(lines):
        first, line = number, lines[number]
        number += 1
        found = LITERAL.match(line) if line.lstrip()[:3].strip("bfru")[:1] in {'"', "'", "`"} else None
        if found is None:
            yield first, line
            continue
        parts = [found["body"]]
        while found and len(parts) < STRINGS and number < len(lines):
            after = LAST_LITERAL.match(lines[number])
            if after is None:
                break
            parts.append(after["body"])
            found = LITERAL.match(lines[number])
            number += 1
        yield first, line if len(parts) == 1 else "".join(parts)


def redacted(flat: str) -> str:
    """A message without the user, password or token that a URL in it carries."""
    return USERINFO.sub("://***@", flat)


def flatten(text: str) -> str:
    """A message on one line with single spaces; of a long one the beginning and the end."""
    if len(text) > LENGTH:
        text = f"{text[: LENGTH // 2]} … {text[-LENGTH // 2 :]}"
    return " ".join(text.replace(WIDE_COLON, ": ").split())
