"""`sigclock comment` as CI runs it: real commits on one side, a real HTTP server on the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.forge_server import Answer, Fault, serving
from support.forge_servers import GitHubServer, GitLabServer
from support.reviews import (
    BUMPED,
    LOSS,
    MODELS,
    Author,
    Done,
    actions,
    in_shallow_clone,
    merge_request,
    read_expected,
    sigclock,
)

STALE = read_expected("stale")
MENDED = read_expected("mended")
CLEAR = "✅ **sigclock: all clear, all 2 caches hold**.\n"
MARK = "<!-- sigclock:. -->\n"
URL = "https://github.com/acme/pipeline/pull/7#issuecomment-1"


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author.at(tmp_path / "author")


def dry(author: Author, *arguments: str) -> Done:
    """The comment outside of any CI."""
    return sigclock(author.path, "comment", "--base", "main", "--dry-run", *arguments, environ={})


# -- a conversation ----------------------------------------------------------------------------


def test_one_comment_from_the_first_finding_to_the_all_clear(author: Author) -> None:
    steps = [({"models.py": LOSS}, False), ({"README": ""}, False), ({}, True)]
    with serving(GitHubServer()) as server:
        said = []
        for files, locked in [*steps, ({"models.py": MODELS, "tasks.py": BUMPED}, True)]:
            author.push(files, locked=locked)
            done = sigclock(
                author.path, "comment", environ=actions(author, author.path.parent, server.url)
            )
            said.append((done.status, done.stderr, server.remarks[0].body))
        assert [(status, stderr) for status, stderr, _ in said] == [
            (1, f"sigclock: commented {URL}\n"),
            (1, f"sigclock: the comment is current {URL}\n"),
            (0, f"sigclock: updated the comment {URL}\n"),
            (0, f"sigclock: updated the comment {URL}\n"),
        ]
        bodies = [body for *_, body in said]
        assert bodies[:3] == [MARK + STALE, MARK + STALE, MARK + MENDED]
        assert len(server.remarks) == 1


def test_what_is_undone_is_all_clear_and_never_a_first_comment(author: Author) -> None:
    with serving(GitHubServer()) as server:
        environ = actions(author, author.path.parent, server.url)
        first = sigclock(author.path, "comment", environ=environ)
        author.push({"models.py": LOSS})
        sigclock(author.path, "comment", environ=actions(author, author.path.parent, server.url))
        author.push({"models.py": MODELS})
        sigclock(author.path, "comment", environ=actions(author, author.path.parent, server.url))
        assert first == (0, "", "sigclock: there is nothing to comment on\n")
        assert [remark.body for remark in server.remarks] == [MARK + CLEAR]


def test_the_same_on_gitlab(author: Author) -> None:
    with serving(GitLabServer()) as server:
        for files, locked in (({"models.py": LOSS}, False), ({}, True)):
            author.push(files, locked=locked)
            for _ in range(2):
                sigclock(author.path, "comment", environ=merge_request(author, server.url))
        assert [remark.body for remark in server.remarks] == [MARK + MENDED]
        writes = [line.split()[0] for line in server.requests if not line.startswith("GET")]
        assert writes == ["POST", "PUT"]


def test_a_comment_for_each_project_that_has_news(tmp_path: Path) -> None:
    tables = {f"{name}/pyproject.toml": "[tool.sigclock]\n" for name in ("a-b", "c")}
    source = {f"{name}/models.py": MODELS for name in ("a-b", "c")}
    tasks = (
        "from flytekit import task\nfrom models import Model\n\n"
        "@task(cache=True, cache_version='1')\ndef f() -> Model: ...\n"
    )
    author = Author.at(
        tmp_path / "author",
        {**tables, **source, "a-b/jobs.py": tasks, "c/jobs.py": tasks},
    )
    author.push({"a-b/models.py": LOSS})
    with serving(GitHubServer()) as server:
        sigclock(author.path, "comment", environ=actions(author, tmp_path, server.url))
        assert [remark.body.splitlines()[:2] for remark in server.remarks] == [
            ["<!-- sigclock:a%2d;b -->", "❌ **sigclock in `a-b`: 1 cache goes stale**."]
        ]


# -- what the exit status says -----------------------------------------------------------------


def test_the_status_is_the_analysis_even_if_nothing_can_be_posted(author: Author) -> None:
    author.push({"models.py": LOSS})
    author.push({}, locked=True)
    with serving(GitHubServer()) as server:
        server.faults.append(Fault("POST", Answer(403, {"message": "Resource not accessible"})))
        environ = actions(author, author.path.parent, server.url, fork="eve")
        done = sigclock(author.path, "comment", environ=environ)
        asked = sigclock(author.path, "comment", "--require-post", environ=environ)
    assert [done.status, asked.status] == [0, 2]
    assert done.stderr == (
        "sigclock: error: GitHub answered 403: Resource not accessible\n"
        "  The token of a pull request from a fork may only read: judge it in a "
        "`pull_request_target` job, as examples/ci/fork.yml does.\n"
    )


def test_a_short_rate_limit_is_waited_for(author: Author) -> None:
    author.push({"models.py": LOSS})
    with serving(GitHubServer()) as server:
        limit = Answer(429, {"message": "slow down"}, {"Retry-After": "1"})
        server.faults += [Fault("POST", limit, once=True)]
        environ = actions(author, author.path.parent, server.url)
        done = sigclock(author.path, "comment", environ=environ)
        assert done.stderr == f"sigclock: commented {URL}\n"


def test_without_a_forge_there_is_nowhere_to_comment(author: Author) -> None:
    done = sigclock(author.path, "comment", "--base", "main", environ={})
    assert (done.status, done.stderr) == (
        2,
        (
            "sigclock: error: sigclock does not know this CI, so there is nowhere to comment\n"
            "  give --forge (azure, bitbucket, gitea, github or gitlab), --repository and "
            "--number, or --dry-run\n"
        ),
    )


def test_options_name_what_no_environment_does(author: Author) -> None:
    author.push({"models.py": LOSS})
    with serving(GitHubServer()) as server:
        place = ("--forge", "github", "--repository", "acme/pipeline", "--number", "7")
        environ = {"GH_TOKEN": "s3cret-token"}
        arguments = ("comment", "--base", "main", *place, "--api-url", server.url)
        sigclock(author.path, *arguments, environ=environ)
        assert [remark.body for remark in server.remarks] == [MARK + STALE]


# -- reports beside it -------------------------------------------------------------------------


def test_the_summary_and_reports_are_written_beside_the_comment(author: Author) -> None:
    author.push({"models.py": LOSS})
    place = author.path.parent
    with serving(GitHubServer()) as server:
        environ = actions(author, place, server.url)
        reports = ("--format", "github", "--format", f"sarif:{place / 'out.sarif'}")
        done = sigclock(author.path, "comment", *reports, environ=environ)
    assert done.stdout.startswith(
        "::error file=.sigclock.lock,line=1,col=1,title=sigclock%3A lock-"
    )
    assert (place / "summary.md").read_text(encoding="utf-8") == STALE
    assert '"stale-cache"' in (place / "out.sarif").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing/out.json", "No such file or directory\n  make its folder first\n"),
        (".", "Is a directory\n  name a file that can be written\n"),
        ("models.py/x", "Not a directory\n  name a file that can be written\n"),
    ],
)
def test_a_report_that_cannot_be_written_is_said(author: Author, path: str, said: str) -> None:
    done = sigclock(author.path, "check", "--format", f"json:{path}", environ={})
    assert done == (2, "", f"sigclock: error: cannot write {path}: {said}")


# -- what is compared --------------------------------------------------------------------------


def test_what_the_base_did_since_is_not_the_change(author: Author) -> None:
    author.git("switch", "-q", "main")
    author.push({"models.py": LOSS}, locked=True)
    author.git("switch", "-q", "work")
    author.push({"README": ""})
    assert dry(author).stdout == CLEAR


def test_findings_of_the_base_are_counted(tmp_path: Path) -> None:
    void = "\n\n@task(cache=True, cache_version='1')\ndef publish() -> None: ...\n"
    author = Author.at(tmp_path / "author", {"tasks.py": BUMPED + void})
    author.push({"README": ""})
    done = dry(author)
    assert (done.status, done.stdout) == (
        0,
        (
            "✅ **sigclock: all clear, all 3 caches hold**.\n\n"
            "1 finding stood at the base already; `sigclock check` shows it.\n"
        ),
    )


def test_a_base_that_cannot_be_judged_is_noted(author: Author) -> None:
    lock = (author.path / ".sigclock.lock").read_text(encoding="utf-8")
    author.git("switch", "-q", "main")
    author.push({".sigclock.lock": "{"})
    author.git("switch", "-q", "-C", "work")
    author.push({".sigclock.lock": lock})
    done = dry(author)
    assert (done.status, done.stdout.splitlines()[0]) == (
        0,
        "✅ **sigclock: all clear, all 2 caches hold**.",
    )
    assert "- note: the base cannot be judged, so all findings count as new: " in done.stdout


def test_a_shallow_checkout_names_the_command_that_it_needs(author: Author) -> None:
    author.push({"models.py": LOSS})
    author.merge()
    place = author.path.parent
    clone = author.checkout(place / "clone")
    base = author.git("rev-parse", "main")
    done = sigclock(clone.path, "comment", "--dry-run", environ=actions(author, place, "http://x"))
    assert (done.status, done.stderr) == (
        2,
        (
            f"sigclock: error: this clone is shallow and does not have the base, {base}\n"
            f"  run git fetch --depth=1 origin {base}, or give --fetch\n"
        ),
    )


@pytest.mark.parametrize("ref", ["refs/pull/7/merge", "work"])
def test_a_shallow_checkout_fetches_the_base_that_it_needs(author: Author, ref: str) -> None:
    for number in range(3):
        author.push({"README": str(number)})
    author.push({"models.py": LOSS})
    author.git("switch", "-q", "main")
    author.push({"OTHER": ""})
    author.git("switch", "-q", "work")
    author.merge()
    place = author.path.parent
    clone = author.checkout(place / "clone", ref)
    arguments = ("comment", "--dry-run", "--fetch")
    done = sigclock(clone.path, *arguments, environ=actions(author, place, "http://x"))
    assert (done.status, done.stdout, done.stderr) == (1, in_shallow_clone(STALE), "")


def test_a_base_that_cannot_be_fetched_is_an_error(author: Author) -> None:
    author.push({"models.py": LOSS})
    author.merge()
    place = author.path.parent
    clone = author.checkout(place / "clone")
    clone.git("remote", "set-url", "origin", (place / "gone").as_uri())
    arguments = ("comment", "--dry-run", "--fetch")
    done = sigclock(clone.path, *arguments, environ=actions(author, place, "http://x"))
    assert done.status == 2
    assert done.stderr.startswith("sigclock: error: what is to be compared cannot be fetched: ")


def test_a_checkout_of_something_else_is_refused(author: Author) -> None:
    author.push({"models.py": LOSS})
    environ = actions(author, author.path.parent, "http://x")
    head, base = author.git("rev-parse", "work"), author.git("rev-parse", "main")
    author.git("switch", "-q", "main")
    done = sigclock(author.path, "comment", "--dry-run", environ=environ)
    assert (done.status, done.stderr) == (
        2,
        (
            f"sigclock: error: the checkout is at {base[:12]}, which is not the pull request's "
            f"head, {head[:12]}, nor a merge of it\n"
            f"  check out {head}, or name what to judge with --head\n"
        ),
    )


# -- what a reader sees ------------------------------------------------------------------------


def test_a_version_that_moves_alone_and_one_that_others_share(tmp_path: Path) -> None:
    tasks = """\
from flytekit import task
from models import Model
V = "1"

@task(cache=True, cache_version=V)
def fit() -> Model: ...

@task(cache=True, cache_version=V)
def load() -> int: ...

@task(cache=True, cache_version="1")
def clean() -> int: ...
"""
    author = Author.at(tmp_path / "author", {"tasks.py": tasks})
    again = tasks.replace('cache_version="1"', 'cache_version="2"')
    author.push({"models.py": LOSS, "tasks.py": again}, locked=True)
    assert dry(author).stdout.splitlines()[:9] == [
        "✅ **sigclock: no cache goes stale, 3 of 3 recompute**.",
        "",
        "| task | what changed | version | local | remote |",
        "|---|---|---|---|---|",
        "| `tasks.fit` | `Model` + `loss: float` | `1` → `2` | recomputes | recomputes |",
        "| `tasks.clean` | nothing but the version | `1` → `2` | recomputes | recomputes |",
        "",
        "**Also recompute, for they share a version**",
        "",
    ]


def test_a_task_that_moved_starts_anew_and_others_come_and_go(author: Author) -> None:
    gone = BUMPED.replace("def train", "def fit").replace("1.1", "1.0")
    author.push({"tasks.py": gone}, locked=True)
    assert dry(author).stdout == (
        "✅ **sigclock: no cache goes stale, 1 of 2 recomputes**.\n\n"
        "| task | what changed | version | local | remote |\n|---|---|---|---|---|\n"
        "| `tasks.fit` | moved from `tasks.train` | `1.0` | recomputes | recomputes |\n"
    )


def test_what_was_due_at_the_base_is_neither_clear_nor_new(author: Author) -> None:
    author.push({"models.py": LOSS})
    author.git("commit", "-q", "--allow-empty", "-m", "nothing")
    (first, *rest) = dry(author, "--base", "HEAD~1").stdout.splitlines()
    assert first == "✅ **sigclock: nothing new, 1 of 2 caches was due at the base already**."
    assert "Run `sigclock update`" not in "".join(rest)
