"""Runs a verb again and again in a copy of a repository, stopped one write later each time.

Writes are seen by an audit hook: whatever opens for writing, renames, removes, makes a folder or
sets a mode or an owner below the repository, and every process of Git's that may write. A limit of
file sizes with the signal's default action kills in the middle of a write, too. Every run is a
fork, so the imports are paid for once. Prints a JSON list of what each run left behind.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from sigclock.cli.commands import update  # noqa: F401 - loaded before anything is counted
from sigclock.cli.main import main
from sigclock.project import hook  # noqa: F401 - likewise

WRITING_GIT = {"apply", "update-index", "add", "config"}
CHANGING = {"os.rename", "os.remove", "os.chmod", "os.chown", "os.mkdir", "os.link", "fcntl.flock"}


class Trap:
    """Sends a signal to this process before its write number `count`, counted from 1."""

    def __init__(self, root: Path, signal_: int, count: int) -> None:
        self.root, self.signal, self.left = str(root), signal_, count

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.left and self.is_write(event, arguments):
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), self.signal)

    def is_write(self, event: str, arguments: tuple[object, ...]) -> bool:
        if event == "subprocess.Popen":
            command = arguments[1]
            return isinstance(command, Sequence) and not WRITING_GIT.isdisjoint(command)
        if event == "fcntl.flock":
            return True
        path = arguments[0] if arguments else None
        if not isinstance(path, str | bytes | os.PathLike):
            return False
        below = os.fsdecode(path).startswith(self.root)
        if event == "open":
            flags = arguments[2]
            return below and isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
        return below and event in CHANGING


def forked(run: Callable[[], None]) -> int:
    """The exit status of a fork that does this and nothing else; negative for a signal."""
    child = os.fork()
    if child == 0:
        in_child(run)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_child(run: Callable[[], None]) -> NoReturn:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    status = 99
    try:
        run()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 98
    finally:
        os._exit(status)


def verb(root: Path, arguments: Sequence[str]) -> Callable[[], None]:
    return lambda: main(["-C", str(root), *arguments])


def trapped(signal_: int, count: int, root: Path, arguments: Sequence[str]) -> Callable[[], None]:
    def run() -> None:
        # A process in the background of a shell inherits that Ctrl-C is ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.addaudithook(Trap(root, signal_, count))
        main(["-C", str(root), *arguments])

    return run


def limited(size: int, root: Path, arguments: Sequence[str]) -> Callable[[], None]:
    """No file grows beyond `size`: the process is killed in the middle of that write."""

    def run() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        main(["-C", str(root), *arguments])

    return run


def state(root: Path) -> dict[str, str]:
    """Every file that is not Git's own; drafts too."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): path.read_bytes().decode("latin-1")
        for path in files
        if ".git" not in path.relative_to(root).parts
    }


def notes(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".git/sigclock").glob("drafts-*"))


def attempts(pristine: Path, aside: Path, arguments: Sequence[str]) -> list[dict[str, object]]:
    told = []

    def attempt(kind: str, count: int, run: Callable[..., Callable[[], None]]) -> int:
        root = aside / f"{kind}-{count}"
        shutil.copytree(pristine, root, symlinks=True)
        status = forked(run(root, arguments))
        left, left_notes = state(root), notes(root)
        # Git's own lock is told in a message, and removed by hand.
        (root / ".git/index.lock").unlink(missing_ok=True)
        repaired = forked(verb(root, arguments))
        told.append(
            {
                "kind": kind, "count": count, "status": status, "left": left, "notes": left_notes,
                "repaired": repaired, "after": state(root), "after_notes": notes(root),
            }
        )  # fmt: skip
        shutil.rmtree(root)
        return status

    for signal_, pace in ((signal.SIGKILL, 1), (signal.SIGTERM, 9), (signal.SIGINT, 3)):
        count = 1
        while attempt(signal_.name, count, partial(trapped, signal_, count)) != 0:
            count += pace
    for size in (0, 1, 40, 400):
        attempt("SIGXFSZ", size, partial(limited, size))
    return told


if __name__ == "__main__":
    sys.stdout.write(json.dumps(attempts(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])))
