"""A pull request from a fork, whose head is hostile: judged in a job of the base, by reading it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.forge_server import serving
from support.forge_servers import GitHubServer
from support.reviews import LOSS, MODELS, TASKS, Author, Done, sigclock, trusted

NASTY = "x` @everyone <img src=x onerror=y> [a](javascript:b) <!-- x --> ![](http://x.y)"
STALE = "❌ **sigclock: 1 cache goes stale**, 1 recomputes."


class Fork:
    """The base's clone, as `actions/checkout` makes it, and a head that somebody else wrote."""

    def __init__(self, place: Path, server: GitHubServer) -> None:
        self.author = Author.at(place / "author")
        self.clone = self.author.checkout(place / "clone", "main")
        self.server = server
        self.place = place
        server.login = "github-actions[bot]"

    def push(self, files: dict[str, str], now: str = "", *, locked: bool = False) -> Done:
        """A hostile commit, and the job that follows; `now` is another head at that time."""
        self.author.push(files, locked=locked)
        environ = trusted(self.author, self.place, self.server.url)
        self.server.sha = now or self.server.sha
        done = sigclock(self.clone.path, "comment", "--fetch", environ=environ)
        assert self.clone.git("status", "--porcelain") == ""
        assert self.clone.git("rev-parse", "HEAD") == self.author.git("rev-parse", "main")
        return done

    @property
    def bodies(self) -> list[str]:
        return [remark.body for remark in self.server.remarks]

    @property
    def first_lines(self) -> list[str]:
        """What each comment says first, below the mark."""
        return [body.splitlines()[1] for body in self.bodies]


@pytest.fixture
def fork(tmp_path: Path) -> Iterator[Fork]:
    with serving(server := GitHubServer()):
        yield Fork(tmp_path, server)


def test_the_verdict_is_that_of_the_head_and_no_word_of_it_is_believed(fork: Fork) -> None:
    """Its own workflow, a file that looks handed over, and a lock that claims the new signature."""
    lock = (fork.author.path / ".sigclock.lock").read_text(encoding="utf-8")
    fork.author.write("models.py", LOSS)
    fork.author.update()
    claimed = (fork.author.path / ".sigclock.lock").read_text(encoding="utf-8")
    new = claimed.replace('"1.1"', '"1.0"')
    assert new not in (claimed, lock)
    workflow = "on: pull_request_target\njobs: {x: {runs-on: x, steps: [run: echo all clear]}}\n"
    done = fork.push(
        {
            "tasks.py": TASKS,
            ".sigclock.lock": new,
            ".github/workflows/sigclock.yml": workflow,
            "sigclock.json": '{"version": 1, "number": 7, "reviews": []}',
        }
    )
    assert (done.status, fork.first_lines) == (1, [STALE.replace(".", ", 1 error.")])


def test_a_link_in_it_is_no_file(fork: Fork) -> None:
    """One leads to a lock of the runner that claims the new signature, one to a module of it."""
    fork.author.write("models.py", LOSS)
    fork.author.update()
    lock = fork.author.path / ".sigclock.lock"
    (fork.place / "lock").write_text(lock.read_text().replace('"1.1"', '"1.0"'))
    (fork.place / "models.py").write_text(MODELS)
    fork.author.write("tasks.py", TASKS)
    for path in (lock, fork.author.path / "models.py"):
        path.unlink()
        path.symlink_to(fork.place / path.name.removeprefix(".sigclock."))
    done = fork.push({})
    # What is imported through such a link is not followed, and that is the warning.
    assert (done.status, fork.first_lines) == (1, [STALE.replace(".", ", 1 warning.")])


def test_nothing_of_it_is_run(fork: Fork) -> None:
    flag = fork.place / "run"
    shout = f"import pathlib\npathlib.Path({str(flag)!r}).touch()\n"
    modules = ("sitecustomize", "usercustomize", "click", "json", "sigclock", "conftest")
    scripts = (".git-hooks/post-checkout", ".git-hooks/reference-transaction")
    files = {
        "models.py": LOSS + f"\n{shout}",
        ".gitattributes": "* filter=x diff=x merge=x text\n",
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::touch% {flag}\n',
        **{f"{name}.py": shout for name in modules},
        **dict.fromkeys(scripts, f"#!/bin/sh\ntouch {flag}\n"),
    }
    assert fork.push(files).status == 1
    assert (flag.exists(), fork.first_lines) == (False, [STALE])


def test_a_name_in_it_is_only_text(fork: Fork) -> None:
    hostile = (
        f'import flytekit\n@flytekit.task(cache=True, cache_version="{NASTY}")\ndef f(): ...\n'
    )
    project = f"{NASTY.replace('/', '')}/pyproject.toml"
    fork.push({project: "[tool.sigclock]\n", "evil.py": hostile, "models.py": LOSS})
    said = "\n".join(body.partition("\n")[2] for body in fork.bodies)
    outside = "".join(said.split("`")[::2])
    assert "everyone" in said
    assert [
        bad for bad in ("@everyone", "<img", "](j", "<!-- x", "http://", "![") if bad in outside
    ] == []


def test_leaving_its_tasks_out_is_told(fork: Fork) -> None:
    """What is configured in the head counts, for it is what will be merged; it is not silent."""
    table = '[tool.sigclock]\nexclude = ["**"]\n'
    done = fork.push({"models.py": LOSS, "pyproject.toml": table})
    assert (done.status, fork.first_lines) == (1, ["❌ **sigclock: 3 errors**."])
    assert "include and exclude leave no Python file to look at" in fork.bodies[0]


def test_an_acceptance_in_its_lock_is_shown_with_its_reason(fork: Fork) -> None:
    """It counts, for it would be merged too: whoever reviews sees what is declared harmless."""
    fork.author.write("models.py", LOSS)
    reason = "all is @well"
    sigclock(fork.author.path, "accept", "tasks.train", "--reason", reason, environ={})
    assert fork.push({}).status == 0
    (row,) = (line for line in fork.bodies[0].splitlines() if line.startswith("| `tasks.train`"))
    assert "`1.0`, accepted: all is <code>&#64;well</code> |" in row


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (".sigclock.lock", "{", ".sigclock.lock"),
        ("pyproject.toml", '[tool.sigclock]\n"@everyone" = "<!-- x"\n', "everyone"),
    ],
)
def test_what_cannot_be_judged_leaves_no_older_verdict(
    fork: Fork, path: str, text: str, said: str
) -> None:
    """What is said of an earlier head would be taken for the verdict about this one."""
    fork.push({"models.py": LOSS})
    assert fork.first_lines == [STALE]
    assert fork.push({path: text}).status == 2
    (body,) = fork.bodies
    outside = "".join(body.partition("-->")[2].split("`")[::2])
    assert fork.first_lines == ["❌ **sigclock: this change cannot be judged**."]
    assert (said in body, "@" in outside, "<!" in outside) == (True, False, False)


def test_any_number_of_projects_makes_a_bounded_number_of_comments(fork: Fork) -> None:
    """Twelve have news; then these are mended, their comments stay, and twelve more come."""
    fork.push(projects("a", TASKS.replace("-> float", "-> None")))
    assert len(fork.bodies) == 12
    mended = projects("a", TASKS)
    fork.push(mended | projects("b", TASKS.replace("-> float", "-> None")), locked=True)
    assert len(fork.bodies) == 20


def projects(name: str, tasks: str) -> dict[str, str]:
    texts = {"pyproject.toml": "[tool.sigclock]\n", "models.py": MODELS, "tasks.py": tasks}
    return {f"{name}{number}/{file}": text for number in range(12) for file, text in texts.items()}


def test_a_head_that_moved_on_is_left_to_its_newer_run(fork: Fork) -> None:
    done = fork.push({"models.py": LOSS}, now="c" * 40)
    assert (done.status, done.stderr, fork.bodies) == (
        1,
        "sigclock: the pull request has moved on, so its newer run will comment\n",
        [],
    )
