"""Errors that stand alone: whose they are is told by what stands beside them."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose

DENIED = "remote: HTTP Basic: Access denied\nfatal: Authentication failed for 'https://git.corp.example/a/b.git/'"
PUBLIC_KEY = "git@git.corp.example: Permission denied (publickey).\nfatal: Could not read from remote repository."


def causes(text: str) -> list[str]:
    """The causes found in a text."""
    return [found.cause for found in diagnose(text)]


@pytest.mark.parametrize("command", ["go mod tidy", "执行go mod tidy,然后", "$ go get git.corp.example/a/b"])
def test_git_lines_beside_a_go_command_are_gos(command: str) -> None:
    """Git was run by the go command that the excerpt names, glued to prose or not."""
    assert causes(f"{command}\n\n{DENIED}") == ["vcs_auth"]


@pytest.mark.parametrize(
    "other", ["git clone https://git.corp.example/a/b", "git push origin main", "actions/checkout@v4"]
)
def test_git_lines_of_another_command_are_not_gos(other: str) -> None:
    """A clone, a push or a checkout fails in the same words and is no fetch of modules."""
    assert causes(f"go build ./...\n{other}\n\n{DENIED}") == []


def test_git_lines_alone_are_nobodys() -> None:
    """Without a go command nothing says that go ran git."""
    assert causes(DENIED) == []


def test_the_trace_of_go_get_claims_gits_lines() -> None:
    """Old go prints ``# cd DIR; git ...`` for what it ran, submodules and clones too."""
    trace = "# cd /go/src/a; git submodule update --init --recursive\nCloning into '/go/src/a/vendor/b'..."

    assert causes(f"{trace}\n{PUBLIC_KEY}") == ["vcs_auth"]


@pytest.mark.parametrize(
    ("tail", "cause"),
    [
        ("dial tcp 142.250.1.141:443: connect: connection refused", "tcp_refused"),
        ("unexpected EOF", "truncated_body"),
        ("stream error: stream ID 7; INTERNAL_ERROR; received from peer", "http2_stream"),
    ],
)
def test_a_bare_network_error_below_downloading_is_that_fetchs(tail: str, cause: str) -> None:
    """The frame around the error is cut off, the line before it names the module."""
    found = diagnose(f"go: downloading k8s.io/apimachinery v0.36.3\n{tail}")

    assert [(one.cause, one.module, one.line) for one in found] == [(cause, "k8s.io/apimachinery", 1)]


def test_a_bare_network_error_elsewhere_is_nobodys() -> None:
    """A line between says that the download went on."""
    text = "go: downloading k8s.io/apimachinery v0.36.3\nstarting\ndial tcp 10.0.0.1:6379: connect: connection refused"

    assert causes(text) == []


@pytest.mark.parametrize(
    ("beside", "expected"),
    [('"GoModSum": "h1:AhEHES9DrCB9xHcHc7+OtNtUEuN0z4wvrrUCNMTrrdo="', ["truncated_body"]), ('"Project": "new"', [])],
)
def test_a_broken_zip_is_gos_beside_the_module_cache(beside: str, expected: list[str]) -> None:
    """``go mod download -json`` says no more than other programs do, but shows its files."""
    assert causes(f'{{\n\t"Error": "zip: not a valid zip file",\n\t{beside}\n}}') == expected


@pytest.mark.parametrize(("end", "expected"), [("make: *** [all] Error 1", ["disk"]), ("ok  \ta.b/c\t0.1s", [])])
def test_a_warning_of_the_cache_counts_where_the_build_broke_on_nothing_else(end: str, expected: list[str]) -> None:
    """The warning alone breaks no build."""
    assert causes(f"go: writing go.mod cache: mkdir /go/pkg/mod: permission denied\n{end}") == expected


@pytest.mark.parametrize(("end", "expected"), [("make: *** [all] Error 2", ["vcs_auth"]), ("", [])])
def test_git_that_was_forbidden_to_ask_is_gos_where_a_build_broke(end: str, expected: list[str]) -> None:
    """Go runs git with prompts off."""
    assert (
        causes(f"fatal: could not read Username for 'https://git.example': terminal prompts disabled\n{end}")
        == expected
    )


def test_the_output_of_a_push_hook_is_read() -> None:
    """A platform that builds on push puts ``remote:`` before each line."""
    asked = "fatal: could not read Username for 'https://a.example': No such device or address"

    assert causes(f"remote: # cd .; git clone https://a.example/b /b\nremote: {asked}") == ["vcs_auth"]


@pytest.mark.parametrize(("before", "expected"), [("go: downloading a.b/c v1.0.0", ["disk"]), ("docker pull a", [])])
def test_a_full_disk_counts_right_after_go_worked(before: str, expected: list[str]) -> None:
    """The runner or the compiler says it in words of its own."""
    assert causes(f"{before}\nfatal error: error writing to /tmp/c.s: No space left on device") == expected


def test_a_repository_that_old_go_get_could_not_have_is_one_in_any_words() -> None:
    """``go get`` ran hg, svn and bzr too."""
    text = "# cd .; hg clone https://a.example/b /b\nabort: something new\npackage a.example/b: exit status 255"

    assert [(one.cause, one.host, one.line) for one in diagnose(text)] == [("vcs_unreachable", "a.example", 2)]


REFUSED = "fatal: unable to access 'https://{host}/x/lib/': Failed to connect to {host} port 443: Connection refused"
CHAIN = (
    "Cloning into '/go/src/x'...\n{said}\npackage a.example/b\n\timports c.example/d\n"
    "\timports {host}/x/lib: exit status 128"
)
PULL = "# cd /go/src/a.example/b; git pull --ff-only\n{said}\npackage a.example/b/cmd: exit status 1"


def test_old_go_names_the_chain_of_imports_below_gits_words() -> None:
    """``Cloning into`` is then go's, and the host is that of the last import."""
    found = diagnose(CHAIN.format(said=REFUSED.format(host="v.example"), host="v.example"))

    assert [(one.cause, one.host, one.outage) for one in found] == [("vcs_unreachable", "v.example", True)]


@pytest.mark.parametrize(
    "said",
    [
        "You are not currently on a branch.\nPlease specify which branch you want to merge with.",
        "fatal: Not possible to fast-forward, aborting.",
        "error: Your local changes to the following files would be overwritten by merge:\n\tx.go\nAborting",
        "fatal: detected dubious ownership in repository at '/go/src/a.example/b'",
        "fatal: Could not read from index",
        "error: cannot lock ref 'refs/remotes/origin/x': is at 0e41c3a but expected 6d1fb9e",
    ],
)
def test_what_git_refuses_for_a_folder_here_is_no_outage(said: str) -> None:
    """A detached checkout, changed files, a lock: no server is at fault."""
    found = diagnose(PULL.format(said=said))

    assert [(one.outage, one.klass, one.outcome) for one in found] == [(False, "local", "user_error")]


def test_a_connection_that_fails_in_the_same_pull_is_an_outage() -> None:
    """The command is the same, the words decide."""
    found = diagnose(PULL.format(said=REFUSED.format(host="a.example")))

    assert [(one.outage, one.host) for one in found] == [(True, "a.example")]


def test_the_host_of_a_clone_stands_in_its_trace() -> None:
    """git's own words about a broken transfer name no host."""
    trace = (
        "# cd .; git clone https://v.example/x/lib /go/src/v.example/x/lib\nCloning into '/go/src/v.example/x/lib'..."
    )

    found = diagnose(f"{trace}\nfatal: early EOF\nfatal: index-pack failed\npackage v.example/x/lib: exit status 128")

    assert [(one.cause, one.host) for one in found] == [("vcs_unreachable", "v.example")]
