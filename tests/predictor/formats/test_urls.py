"""The GOPROXY URL grammar, with mounts, escapes and the paths that are no fetches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.events import Op
from predictor.formats.urls import ModulePath, may_be_fetch, parse_path, split_url, strip_mount, unescape

FETCHES = [
    ("/github.com/pkg/errors/@v/list", (Op.LIST, "github.com/pkg/errors", "")),
    ("/github.com/pkg/errors/@latest", (Op.LATEST, "github.com/pkg/errors", "")),
    ("/github.com/%21burnt%21sushi/toml/@v/v0.3.1.zip", (Op.ZIP, "github.com/BurntSushi/toml", "v0.3.1")),
    ("/github.com/!burnt!sushi/toml/@v/v0.3.1.mod", (Op.MOD, "github.com/BurntSushi/toml", "v0.3.1")),
    ("/gopkg.in/yaml.v3/@v/v3.0.1.info", (Op.INFO, "gopkg.in/yaml.v3", "v3.0.1")),
    ("/a.b/c/v2/@v/v2.0.0-20200102030405-abcdefabcdef.mod", (Op.MOD, "a.b/c/v2", "v2.0.0-20200102030405-abcdefabcdef")),
    ("/a.b/c/@v/v2.0.0+incompatible.zip?x=1", (Op.ZIP, "a.b/c", "v2.0.0+incompatible")),
    ("/a.b/c/@v/main.info", (Op.INFO, "a.b/c", "main")),
    ("/a.b/c/@v/v1.0.0-!r!c1.info", (Op.INFO, "a.b/c", "v1.0.0-RC1")),
    ("/api/go/go-virtual/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/artifactory/api/go/go/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/repository/go-proxy/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/api/v4/projects/7/packages/go/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/cached-only/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/mirrors/go/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("https://proxy.golang.org/a.b/c/@v/list", (Op.LIST, "a.b/c", "")),
    ("/corp/lib/@v/list", (Op.LIST, "corp/lib", "")),
    ("/golang.org/toolchain/@v/v0.0.1-go1.22.zip", (Op.TOOLCHAIN, "golang.org/toolchain", "v0.0.1-go1.22")),
    ("/sumdb/sum.golang.org/supported", (Op.SUMDB, "", "")),
    ("/goproxy/sumdb/sum.golang.org/latest", (Op.SUMDB, "", "")),
    ("/sumdb/sum.golang.org/lookup/github.com/!a/b@v1.0.0", (Op.SUMDB, "github.com/A/b", "v1.0.0")),
    ("/sumdb/sum.golang.org/tile/8/0/x123/456.p/7", (Op.SUMDB, "", "")),
    ("/a.b/lib?go-get=1", (Op.META, "a.b/lib", "")),
    ("/a.b/lib.git/info/refs?service=git-upload-pack", (Op.VCS, "a.b/lib", "")),
    ("/a.b/lib/git-upload-pack", (Op.VCS, "a.b/lib", "")),
]  # fmt: skip
OTHERS = ["/healthz", "/", "", "-", "/metrics", "/a.b/c/@v/", "/a.b/c/@v/v1.exe", "/favicon.ico", "/a.b/c/info/refs"]


@pytest.mark.parametrize(("path", "expected"), FETCHES)
def test_fetch_urls_are_taken_apart(path: str, expected: tuple[Op, str, str]) -> None:
    assert parse_path(path) == ModulePath(*expected)


@pytest.mark.parametrize("path", OTHERS)
def test_other_requests_are_no_fetches(path: str) -> None:
    assert parse_path(path) is None


@given(st.text(max_size=80))
def test_any_text_that_is_a_fetch_has_a_mark_of_one(text: str) -> None:
    found = parse_path(text)

    assert found is None or "%" in text or may_be_fetch(f"/{text}".encode("utf-8", "replace"))


@given(st.from_regex(r"[a-z]{1,5}\.[a-z]{2,4}(/[A-Za-z0-9-]{1,6}){0,3}", fullmatch=True))
def test_escaping_a_module_path_and_reading_it_gives_it_back(module: str) -> None:
    escaped = "".join(f"!{char.lower()}" if char.isupper() else char for char in module)

    assert unescape(escaped) == module
    assert parse_path(f"/{escaped}/@v/list") == ModulePath(Op.LIST, module, "")


@pytest.mark.parametrize(
    ("target", "expected"),
    [("http://h:8/p", ("h:8", "/p")), ("https://u:p@H/p?q", ("h", "/p?q")), ("/p", ("", "/p")), ("/x?u=http://h/", ("", "/x?u=http://h/"))],
)  # fmt: skip
def test_a_target_is_host_and_path(target: str, expected: tuple[str, str]) -> None:
    assert split_url(target) == expected


def test_a_module_without_a_dot_keeps_its_whole_path() -> None:
    assert strip_mount("/team/lib") == "team/lib"
