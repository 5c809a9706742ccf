"""What is read where a stranger may have put something is a plain file, or as good as absent."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.git import Repo
from support.paths import ROOT

from sigclock.git import drafts, hook_scripts, plain_files
from sigclock.git.plain_files import read_plain

WORDS = b"sigclock-check"
#: What may lie at a place, each made in a folder that has `outside` beside it.
KINDS: dict[str, Callable[[Path], object]] = {
    "pipe": os.mkfifo,
    "link": lambda place: place.symlink_to(place.parent.parent / "outside"),
    "link to a device": lambda place: place.symlink_to("/dev/zero"),
    "folder": Path.mkdir,
    "nothing": lambda place: place,
}


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """Whoever waits for a pipe would wait for ever."""

    def end(*_: object) -> None:
        raise AssertionError("it waits")

    signal.signal(signal.SIGALRM, end)
    signal.alarm(60)
    yield
    signal.alarm(0)


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Path], object]:
    (tmp_path / "outside").write_bytes(WORDS)
    return KINDS[request.param]


def test_what_is_no_plain_file_is_not_read(tmp_path: Path, make: Callable[[Path], object]) -> None:
    place = tmp_path / "folder/file"
    place.parent.mkdir()
    make(place)
    with pytest.raises(OSError, match="Errno"):
        read_plain(place)


def test_a_plain_file_is_read_and_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, link = tmp_path / "file", tmp_path / "link"
    place.write_bytes(WORDS)
    link.symlink_to(place)
    assert read_plain(place) == read_plain(link, follow=True) == WORDS
    monkeypatch.setattr(plain_files, "LARGEST", 3)
    assert read_plain(place) == WORDS[:4]


def test_nothing_of_ours_in_a_git_directory_holds_anybody_up(
    repo: Repo, make: Callable[[Path], object]
) -> None:
    """Also where it was a file when somebody looked, and is none when it is opened."""
    git = repo.path / ".git"
    for name in ("hooks/pre-commit", "sigclock/drafts-0123456789abcdef"):
        (git / name).parent.mkdir(exist_ok=True)
        make(git / name)
    assert hook_scripts.look_at(git / "hooks", "pre-commit").state.name in {"OTHER", "ABSENT"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drafts, "own_file", lambda note: note)
        drafts.clear(git / "sigclock", repo.path)


def test_a_framework_is_one_of_the_repository(repo: Repo, make: Callable[[Path], object]) -> None:
    place = repo.path / ".pre-commit-config.yaml"
    make(place)
    assert hook_scripts.framework(repo.path) is None
    if not place.is_dir():
        place.unlink(missing_ok=True)
        place.symlink_to(repo.write("ci/hooks.yaml", "- id: sigclock-check\n"))
        assert hook_scripts.framework(repo.path) == place.name


# -- every reading of a file is one of these -----------------------------------------------------

_OPENS = re.compile(
    r"(?<!Repository)(?<!formatter)(?<!def )[\s.(](?:open|fdopen|(?:read|write)_(?:bytes|text))\("
)
#: Who opens files by other means, and why a stranger put none of them there.
OTHERS = {
    "audit/html.py": "a file of the package",
    "cli/commands/verify.py": "the program and its answer, in a new folder of its own",
    "cli/error_handler.py": "the null device",
    "cli/named_files.py": "what the user names",
    "flyte/probe.py": "the answer of that program, and the archive that the user names",
    "forges/actions_event.py": "the event that Actions writes",
    "git/atomic_write.py": "new drafts, and folders to bring them to the disk",
    "git/drafts.py": "new notes",
    "git/hook_scripts.py": "a new draft of a hook",
    "git/index_file.py": "a handle of `open_plain`",
    "git/plain_files.py": "the helper itself",
    "guard/entries.py": "flytekit's local cache, which is the user's",
    "guard/process.py": "what the system tells of this process",
    "guard/switch.py": "before anything of sigclock is loaded, within bounds of its own",
    "lsp/features.py": "the pipe to the editor",
    "lsp/server.py": "no file: it opens a folder of the editor's",
    "git/repository.py": "a list in a new folder of its own",
    "incremental/store.py": "the record of the installation, and the package",
}


def test_every_file_is_opened_by_the_helper_or_known_not_to_need_it() -> None:
    package = ROOT / "sigclock"
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if _OPENS.search(path.read_text(encoding="utf-8"))
    }
    assert found == set(OTHERS)
