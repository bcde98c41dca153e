"""Where a message points: URL, host at fault, phase, module and version.

The rule of the family says which host is meant, because it often is not the one that the message begins
with: behind a 404 that says "fetch timed out" it is the proxy's upstream, behind ``lookup`` the name asked for.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

URL = re.compile(r"(?:file|https?)://[^\s\"'`<>)]+", re.IGNORECASE)
REQUEST = re.compile(
    r"(?:\breading|\bGet|\bHead|\bread|\bFetching|\bfrom proxy|unexpected status|# get|insecure URL)[ (]*[\"'(]?((?:file|https?)://[^\s\"'`)]+)",
    re.IGNORECASE | re.ASCII,
)
FETCH_PATH = re.compile(
    r"^(?P<prefix>.*?)/(?:sumdb/(?P<db>[^/]+(?:/[^/]+)*?)/(?P<sop>supported|latest|lookup/(?P<sm>.+)@(?P<sv>[^@]+)|tile/.*)"
    r"|(?P<m>[^@]+?)/(?:@v/(?:list|(?P<v>[^/]+)\.(?P<ext>info|mod|zip))|@latest))$"
)
LOOKUP_PATH = re.compile(r"/(?:lookup/(?P<m>.+)@(?P<v>[^@/]+)|tile/|latest$|supported$)")
MODULE_VERSION = re.compile(
    r"(?<![\w/@.])([\w.~-]+\.[\w~-]+(?:/[\w.~+-]+)*)@(v\d[\w.+-]*|latest|upgrade|[\w.-]+)", re.ASCII
)
MODULE = re.compile(
    r"(?:module (?:lookup )?|reading |import path \"|providing package |package |go get |go: "
    r"|failed for \"?|looking for |checkout |export(?:ing)? |version on |type for \"|versions of |dep \()"
    r"([\w.~-]+\.[\w~-]+(?:/[\w.~+-]+)+)(?=[\s\":;,()]|$)",
    re.ASCII,
)
DOWNLOADING = re.compile(r"go: (?:downloading|finding|extracting) (\S+) (v[\w.+-]+)")
QUOTED_GIT_URL = re.compile(r"(?:'|\"|for |access |repository )'?((?:https?|ssh|git)://[^\s'\"]+|[\w.-]+@[\w.-]+:\S+)")
GIT_HOST = re.compile(
    r"(?:resolve host(?:name)?:? |connect to (?:host )?|(?<![\w.-])git@|Get \"?https?://)([\w.-]+\.[\w-]+)"
)
LOOKUP = re.compile(r"lookup ([^\s:,]+)")
DIAL = re.compile(r"dial tcp\d?:? (\[[0-9a-fA-F:.%]+\]:\d+|[\w.-]+:\d+)")
SUFFIX_PHASE = {"info": "info", "mod": "mod", "zip": "zip"}


def decoded(path: str) -> str:
    """A path element of the GOPROXY protocol in its written form: ``!x`` (or ``%21x``) is an upper-case X."""
    return re.sub(r"!([a-z])", lambda found: found[1].upper(), path)


def host_of(url: str) -> str:
    """Host of a URL with its port, without user and password; ``""`` for file URLs and masked ones."""
    found = re.match(r"(?:https?|ssh|git)://(?:[^/@]*@)?([^/?#\s:]+(?::\d+)?|\[[^\]]+\](?::\d+)?)", url, re.IGNORECASE)
    if not found:
        found = re.match(r"[\w.-]+@([\w.-]+):", url)
    return found[1].lower() if found and re.search(r"\w", found[1]) else ""


def request_url(flat: str) -> str:
    """The URL that was being fetched: the one of the first request that the message names."""
    found = REQUEST.search(flat) or None
    if found:
        return found[1].rstrip(":,.;")
    plain = URL.search(flat)
    return plain[0].rstrip(":,.;") if plain else ""


def url_parts(url: str) -> tuple[str, str, str]:
    """Phase, module and version that a URL stands for; ``""`` for what it does not say."""
    if "go-get=1" in url:
        return "resolve", "", ""
    path = unquote(re.sub(r"^\w+://[^/]*", "", url).split("?", 1)[0])
    found = FETCH_PATH.match(path)
    if found and found["sop"]:
        return "sumdb", decoded(found["sm"] or ""), decoded(found["sv"] or "")
    if found:
        module = decoded(found["m"].lstrip("/"))
        phase = "toolchain" if module.endswith("golang.org/toolchain") else SUFFIX_PHASE.get(found["ext"] or "", "list")
        return phase, module, decoded(found["v"] or "")
    looked = LOOKUP_PATH.search(path)
    if looked and re.search(r"//[^/]*sum", url):
        return "sumdb", decoded(looked["m"] or ""), decoded(looked["v"] or "")
    return "", "", ""


def module_version(flat: str) -> tuple[str, str]:
    """The last module and version that the message names before its request or tail; ``""`` where it names none."""
    head = re.split(r"\b(?:Get|read|reading|dial) \"?https?://|server response|exit status", flat, maxsplit=1)[0]
    pairs = [pair for pair in MODULE_VERSION.findall(head) if "." in pair[0] and not pair[0].startswith("git@")]
    if pairs:
        module, version = pairs[-1]
        return module, version.removesuffix("/go.mod") if version[:1] == "v" and version[1:2].isdigit() else ""
    downloading = DOWNLOADING.search(flat)
    if downloading:
        return downloading[1], downloading[2]
    named = MODULE.findall(head)
    return (named[-1], "") if named else ("", "")


def host_at_fault(rule: str, flat: str, url: str) -> str:
    """The host that a rule of the tables means; ``""`` where the message does not name it."""
    if rule == "none":
        return ""
    if rule == "lookup":
        found = LOOKUP.findall(flat)
        return found[-1].strip("\"'`") if found else host_of(url)
    if rule == "git":
        return git_host(flat)
    if rule == "upstream":
        body = flat.split("server response", 1)[-1] if "server response" in flat else ""
        return git_host(body) if body else ""
    if rule in {"dial", "httpproxy"}:
        return dialled(rule, flat, url)
    return host_of(url)


def host_of_path(rule: str, module: str) -> str:
    """The host that a module path begins with, for rules that mean the host of the repository or import path."""
    first = module.partition("/")[0]
    return first if rule in {"git", "vanity"} and "." in first else ""


def git_host(text: str) -> str:
    """The host that git speaks of."""
    quoted = QUOTED_GIT_URL.search(text)
    if quoted and host_of(quoted[1]):
        return host_of(quoted[1])
    named = GIT_HOST.search(text)
    return named[1] if named else ""


def dialled(rule: str, flat: str, url: str) -> str:
    """The host of the URL, or the address that was dialled where an HTTP proxy stands between."""
    address = DIAL.search(flat)
    if address and ("proxyconnect" in flat or "socks connect" in flat):
        return address[1]
    if rule == "httpproxy":
        return ""
    return host_of(url) or (address[1] if address else "")


def phase_of(flat: str, url_phase: str) -> str:
    """The phase of a message: its URL's, else what its words say."""
    if url_phase:
        return url_phase
    if re.search(r"/sumdb/|//sum\.|verifying (?:go\.mod|module):", flat):
        return "sumdb"
    path = re.search(r"/@v/(?:list\b|\S+?\.(?P<ext>info|mod|zip)\b)|/@latest\b", flat)
    if path:
        return path["ext"] or "list"
    if re.search(r"golang\.org/toolchain|toolchain|download go\d", flat):
        return "toolchain"
    if "unrecognized import path" in flat or "go-get=1" in flat:
        return "resolve"
    if re.search(r"\bgit (?:ls-remote|fetch|clone)|cache/vcs", flat):
        return "vcs"
    if re.search(r"erifying \S+/go\.mod|parsing go\.mod|\.mod\b\"?:", flat):
        return "mod"
    if re.search(r"\.zip\b|zip:|erifying \S+@", flat):
        return "zip"
    return "resolve" if re.search(r"\bmodule |@", flat) else "other"
