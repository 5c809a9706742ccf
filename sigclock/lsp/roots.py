"""The repositories in which files are open, each judged by one analysis at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from pygls.uris import from_fs_path, to_fs_path

from sigclock.errors import GitError, SigclockError
from sigclock.git.plain_files import read_plain
from sigclock.git.repository import Repository
from sigclock.lsp.buffers import Buffer
from sigclock.lsp.judged import Cancelled
from sigclock.lsp.judging import Judging, View
from sigclock.lsp.text import Text, decoded
from sigclock.source import Location

_Result = TypeVar("_Result")

SOURCES = (".py", ".pyi")
#: After so many seconds it is said that something takes long.
_LONG = 1.0


class Root:
    """One repository, its open files, and how it is judged now.

    `turn` counts what happened to it; `views` are of the turn `judged`. `standing` are the
    fingerprints that findings had when all was saved.
    """

    def __init__(self, root: Path, units: str) -> None:
        self.path = root
        self.buffers: dict[str, Buffer] = {}
        self.touched: set[str] = set()
        self.views: list[View] = []
        self.standing: frozenset[str] = frozenset()
        self.turn = 1
        self.judged = 0
        self.is_running = False
        #: Set while the views are those of the last turn.
        self.rested = asyncio.Event()
        self.problem: SigclockError | None = None
        self._units = units
        self._disk: dict[str, tuple[tuple[int, int], bytes]] = {}
        self._texts: dict[str, tuple[bytes, Text]] = {}
        self._judging: Judging | None = None

    @property
    def is_saved(self) -> bool:
        return all(buffer.is_saved for buffer in self.buffers.values())

    def path_of(self, file: Path) -> str:
        return file.relative_to(self.path).as_posix()

    def uri(self, path: str) -> str:
        """The name of a file, as the editor spells it if it has the file open."""
        buffer = self.buffers.get(path)
        return buffer.uri if buffer else from_fs_path(str(self.path / path)) or ""

    def text(self, path: str) -> Text:
        """What an editor shows of a file."""
        if path in self.buffers:
            return self.buffers[path].shown
        data = self.content(path) or b""
        if path not in self._texts or self._texts[path][0] is not data:
            self._texts[path] = (data, Text(decoded(data), self._units))
        return self._texts[path][1]

    def content(self, path: str) -> bytes | None:
        """What is on disk; it is read again where its time or size is another one."""
        try:
            status = (self.path / path).stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if path not in self._disk or self._disk[path][0] != stamp:
                self._disk[path] = (stamp, read_plain(self.path / path, follow=True))
            return self._disk[path][1]
        except (OSError, ValueError):
            return None

    def compare(self) -> bool:
        """Find out anew which of the open files are saved; whether one is judged otherwise now."""
        taken = [
            buffer.take(buffer.shown.text, buffer.version, self.content(path))
            for path, buffer in self.buffers.items()
        ]
        return any(taken)

    def line(self, location: Location) -> int:
        """Where a line is shown of which the judgement speaks."""
        buffer = self.buffers.get(location.path)
        return buffer.line_shown(location.line) if buffer else location.line

    # -- for the thread that judges -------------------------------------------------------------

    def judge(
        self, buffers: Mapping[str, bytes], touched: frozenset[str], wanted: Callable[[], bool]
    ) -> tuple[list[View], bool]:
        """Judge the tree below the buffers; whether it was read whole for that."""
        judging = self.judging()
        read = judging.read_whole
        views = judging.views(buffers, touched, wanted)
        return views, judging.read_whole != read

    def prepare(self) -> None:
        """Find out what the next edit asks for."""
        with suppress(SigclockError):
            self.judging().prepare()

    def judging(self) -> Judging:
        if self._judging is None:
            self._judging = Judging(self.path)
        return self._judging

    def is_current(self) -> bool:
        """Whether the repository is as it was when it was judged."""
        return self._judging is None or self._judging.is_current()

    def forget(self) -> None:
        """Read everything again at the next turn."""
        self._judging = None


class Roots:
    """All repositories; `told` is called when one was judged.

    `busy` is called when a judgement takes long, and what it returned once that has ended.
    """

    def __init__(
        self,
        units: str,
        told: Callable[[Root], None],
        busy: Callable[[Root], Callable[[], None]],
    ) -> None:
        self._units = units
        self._told = told
        self._busy = busy
        self._by_folder: dict[Path, Root] = {}
        self._by_root: dict[Path, Root] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # Whatever judges, reads or asks Git does so in this one thread.
        self._thread = ThreadPoolExecutor(1, "sigclock")

    @property
    def all(self) -> list[Root]:
        return list(self._by_root.values())

    async def run(self, work: Callable[[], _Result]) -> _Result:
        """Run something where nothing else of sigclock runs at the same time."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def close(self) -> bool:
        """Let go of what is running; whether anything was."""
        for root in self.all:
            root.turn += 1
        self._thread.shutdown(wait=False, cancel_futures=True)
        return any(root.is_running for root in self.all)

    async def of(self, uri: str) -> tuple[Root, str] | None:
        """The repository of a file and its path there; None if it is in none."""
        name = to_fs_path(uri)
        if not name or not os.path.isabs(name):  # noqa: PTH117 - it may be no path at all
            return None
        file = Path(name)
        try:
            folder = file.parent.resolve()
            root = await self.of_folder(folder)
            return None if root is None else (root, root.path_of(folder / file.name))
        except (OSError, ValueError, RuntimeError):
            return None

    async def of_folder(self, folder: Path) -> Root | None:
        """The repository of a folder; where there is none, it is looked for again each time."""
        known = self._by_folder.get(folder)
        if known is None:
            known = await self.run(lambda: self._open(folder))
            if known is not None:
                self._by_folder[folder] = known
        return known

    def _open(self, folder: Path) -> Root | None:
        # The folder of a new file may not be there yet.
        there = next((one for one in (folder, *folder.parents) if one.is_dir()), folder)
        try:
            place = Repository.open(there).root
        except GitError:
            return None
        if place is None:
            return None
        return self._by_root.setdefault(place, Root(place, self._units))

    def changed(self, root: Root) -> None:
        """Judge it again; what is running ends, for nobody waits for it any more."""
        root.turn += 1
        root.rested.clear()
        if not root.is_running:
            root.is_running = True
            task = asyncio.create_task(self._judge(root))
            self._tasks.add(task)
            task.add_done_callback(lambda done: self._ended(root, done))

    def _ended(self, root: Root, task: asyncio.Task[None]) -> None:
        """Tell of a bug, and keep no diagnostics that nobody will renew."""
        self._tasks.discard(task)
        bug = None if task.cancelled() else task.exception()
        if bug is not None:
            advice = "please report it; the next edit tries again"
            root.problem = SigclockError(f"a bug in sigclock: {bug!r}", advice=advice)
            root.views = []
            root.forget()
            self._told(root)

    async def _judge(self, root: Root) -> None:
        try:
            while root.judged != root.turn:
                await self._turn(root)
        finally:
            root.is_running = False
        if root.problem is None:
            await self.run(root.prepare)

    async def _turn(self, root: Root) -> None:
        turn = root.turn
        root.compare()
        buffers = {path: buffer.data for path, buffer in root.buffers.items()}
        touched = frozenset(root.touched)
        try:
            with self._patience(root):
                views, anew = await self.run(
                    lambda: root.judge(buffers, touched, lambda: root.turn == turn)
                )
        except Cancelled:
            return
        except SigclockError as problem:
            root.problem, views, anew = problem, [], True
            root.forget()
        else:
            root.problem = None
        # The disk may have changed while the tree was read.
        if root.compare():
            root.turn += 1
        if turn == root.turn:
            root.views, root.judged = views, turn
            root.touched -= touched if anew else set()
            root.rested.set()
            self._told(root)

    @contextmanager
    def _patience(self, root: Root) -> Iterator[None]:
        """Say that it takes long, where it does."""
        ends: list[Callable[[], None]] = []
        loop = asyncio.get_running_loop()
        timer = loop.call_later(_LONG, lambda: ends.append(self._busy(root)))
        try:
            yield
        finally:
            timer.cancel()
            for end in ends:
                end()
