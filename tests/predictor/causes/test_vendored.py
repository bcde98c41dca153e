"""The vendoring tools before modules: what says more than their bare ``exit status`` takes its place."""

from __future__ import annotations

import pytest

from predictor.causes import diagnose

CHECKOUT = "[WARN]\tUnable to checkout github.com/contoso/queue"
BARE = "[ERROR]\tUpdate failed for github.com/contoso/queue: exit status 128"
SET = "[ERROR]\tFailed to set version on github.com/contoso/queue to 0a9b8c7d6e5f: "
LIST = "failed to list versions for https://github.com/contoso/queue: "


def families(text: str) -> list[str]:
    """The families found in a text, each once."""
    return list(dict.fromkeys(one.family for one in diagnose(text)))


def test_a_bare_status_is_an_outage_as_long_as_nothing_says_more() -> None:
    """The warning and the error about one package are one finding."""
    found = diagnose(f"{CHECKOUT}\n{BARE}")

    assert [(one.family, one.outage, one.module) for one in found] == [
        ("vendoring-bare", True, "github.com/contoso/queue")
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (f"{SET}exit status 128", ["vendoring-revision"]),
        ("[ERROR]\tError looking for github.com/contoso/queue: Cannot detect VCS", ["vendoring-no-vcs"]),
        ("\nfatal: reference is not a tree: 0a9b8c7d6e5f", ["vendoring-revision"]),
        ("\nHost key verification failed.", ["git-hostkey"]),
        (
            "\nfatal: unable to access 'https://github.com/contoso/queue/': Could not resolve host: github.com",
            ["git-dns"],
        ),
        (
            '[ERROR]\tError scanning github.com/contoso/queue: cannot find package "." in:',
            ["vendoring-bare", "vendoring-constraints"],
        ),
    ],
)
def test_what_says_more_takes_its_place(more: str, expected: list[str]) -> None:
    """Another line of the tool or of git, but not what follows from the package that is missing."""
    assert families(f"{CHECKOUT}\n{BARE}\n{more}") == expected


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (
            "fatal: unable to access 'https://github.com/contoso/queue/': The requested URL returned error: 503",
            "git-5xx",
        ),
        ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", "git-no-credentials"),
        ("remote: Not Found\nfatal: repository 'https://github.com/contoso/queue/' not found", "git-repo-missing"),
        ("fatal: the remote end hung up unexpectedly", "git-transfer"),
        ("no data returned from ls-remote", "vendoring-bare"),
    ],
)
def test_gits_words_inside_deps_message_decide(said: str, family: str) -> None:
    """dep puts what git printed between its own words and the status, on lines of their own."""
    found = diagnose(f"Solving failure: {LIST}{said}\n: exit status 128")

    assert [(one.family, one.host) for one in found] == [(family, "github.com")]


def test_each_source_that_dep_tried_is_read_by_itself() -> None:
    """The failure of the second protocol does not hide that of the first."""
    text = "Solving failure: no valid source could be created:\n" + "".join(
        f"\tfailed to set up sources from the following URLs:\n{url}\n: remote repository at {url} does not exist, or "
        f"is inaccessible: {said}\n: exit status 128\n"
        for url, said in [
            ("https://github.com/contoso/queue", "fatal: unable to access 'x': The requested URL returned error: 500"),
            ("ssh://git@github.com/contoso/queue", "fatal: Could not read from remote repository."),
        ]
    )

    assert families(text) == ["git-5xx", "git-auth"]


@pytest.mark.parametrize(
    "line",
    [
        "Unable to checkout branch release-2",
        "Update failed for config.yaml: Not Found",
        "Unable to set version on deployment to 12: failed",
        "Failed to retrieve a list of instances: 503 Service Unavailable",
        "failed to list versions for chart ingress: connection refused",
        'Failed for "nightly" (failed to start): exit status 2',
        "Error: plugin install: Cannot detect VCS",
        "fatal: reference is not a tree: 0a9b8c7d6e5f",
    ],
)
def test_other_programs_that_say_alike_are_left_alone(line: str) -> None:
    """Without the path of a package or the URL of a repository these are anybody's words."""
    assert diagnose(f"{line}\n{line}") == []
