"""Runs Git commands and reads objects; the only module that starts Git."""

from __future__ import annotations

import os
import re
import select
import sys
import weakref
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from sigclock.errors import GitError
from sigclock.git.errors import NotFetchedError, missing, refusal, speaks_of_age
from sigclock.git.names import encoded
from sigclock.git.windows import WINDOWS, git_in
from sigclock.source import LARGEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

OLDEST_GIT = "2.25"
_PROTOCOLS = "file:git:http:https:ssh"
_CHUNK = 1024 * 1024
#: The longest that a fetch may take.
ONLINE_SECONDS = 900
#: So many objects are asked for in one go.
_AT_ONCE = 64
#: From so many bytes on, input goes through a file and not through a pipe.
_LARGE = 100_000

#: Git locks, fetches, asks and replaces nothing: we read what this clone has. It speaks English,
#: for its messages are read too.
_ENVIRONMENT = {
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    # Each contradicts `--literal-pathspecs`, and a tool that calls Git may set it.
    "GIT_GLOB_PATHSPECS": "0",
    "GIT_ICASE_PATHSPECS": "0",
    "GIT_NOGLOB_PATHSPECS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_OPTIONS = ("-c", "core.fsmonitor=false", "--literal-pathspecs")
_VERSION = re.compile(rb"git version (\d+(?:\.\d+)*)")
_HEADER = re.compile(rb"([0-9a-f]{40,64}) (\w+) (\d+)\n")


class GitObject(NamedTuple):
    """An object of Git's: `kind` is blob, tree, commit or tag."""

    oid: str
    kind: str
    content: bytes


class GitRunner:
    """Runs Git commands in one repository and translates their errors.

    Do not pass text from outside as an argument: resolve revisions to ids first, with
    `Objects.find`, and put paths behind `--`.
    """

    def __init__(self, *options: str, environment: Mapping[str, str] = _ENVIRONMENT) -> None:
        self._options = options
        self._environment = dict(environment)
        self._seconds: float | None = None

    def online(self) -> GitRunner:
        """The same, for a limited time; it may use the network, but run no helper of a remote."""
        allowed = os.environ.get("GIT_ALLOW_PROTOCOL") or _PROTOCOLS
        environment = {**self._environment, "GIT_ALLOW_PROTOCOL": allowed}
        online = GitRunner(*self._options, environment=environment)
        online._seconds = ONLINE_SECONDS
        return online

    def storing_in(self, folder: str) -> GitRunner:
        """The same; it writes every new object to `folder`."""
        return GitRunner(
            *self._options, environment={**self._environment, "GIT_OBJECT_DIRECTORY": folder}
        )

    def overriding(self, settings: Mapping[str, str]) -> GitRunner:
        """The same; these settings take precedence over those of any file."""
        first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
        environment = {"GIT_CONFIG_COUNT": str(first + len(settings))}
        for number, (key, value) in enumerate(settings.items(), first):
            environment[f"GIT_CONFIG_KEY_{number}"] = key
            environment[f"GIT_CONFIG_VALUE_{number}"] = value
        return GitRunner(*self._options, environment={**self._environment, **environment})

    def without_attributes(self, empty: str) -> GitRunner:
        """The same, run in an empty folder, where Git finds no file that gives attributes."""
        environment = {"GIT_ATTR_NOSYSTEM": "1", "GIT_INDEX_FILE": f"{empty}/no-index"}
        options = (*self._options, "-C", empty)
        return GitRunner(*options, environment={**self._environment, **environment})

    def require(self, version: tuple[int, int], what: str) -> None:
        """Raise `GitError` if Git is older than `version`, which `what` needs."""
        if self._version < version:
            installed, needed = (".".join(map(str, number)) for number in (self._version, version))
            advice = f"install Git {needed} or newer"
            raise GitError(f"Git {installed} is too old: {what} needs Git {needed}", advice=advice)

    def start(self, *arguments: str, stdin: IO[bytes] | int = PIPE) -> Popen[bytes]:
        return self._start([self.program, *self.options, *arguments], stdin)

    def _start(self, command: list[str], stdin: IO[bytes] | int) -> Popen[bytes]:
        try:
            return Popen(  # noqa: S603 - Git alone, by what the docstring asks of arguments
                command, stdin=stdin, stdout=PIPE, stderr=PIPE, env=self.environment
            )
        except OSError as error:
            raise no_git() from error

    @property
    def program(self) -> str:
        """Git's name, or the path that GitPython's own variable gives; on Windows a whole path."""
        named = os.environ.get("GIT_PYTHON_GIT_EXECUTABLE")
        if named or not WINDOWS:
            return named or "git"
        found = git_in(os.environ.get("PATH", ""))
        if found is None:
            raise no_git()
        return found

    @property
    def options(self) -> tuple[str, ...]:
        """What stands between `git` and each command."""
        return (*_OPTIONS, *self._options)

    @property
    def environment(self) -> dict[str, str]:
        """The whole environment of each command."""
        return {**os.environ, **self._environment}

    @cached_property
    def _version(self) -> tuple[int, ...]:
        # Without options, some of which an old Git does not know.
        found = _VERSION.search(self._start([self.program, "version"], PIPE).communicate()[0])
        return tuple(map(int, found[1].split(b"."))) if found else (0,)

    def ask(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """Give the command's output, None where its answer is "none" (exit status 1)."""
        status, output = self.answer(*arguments, stdin=stdin)
        return output if status == 0 else None

    def answer(self, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes]:
        """Give the exit status of a command for which 1 is an answer too, and its output."""
        status, output, stderr = self._end(arguments, stdin)
        if status not in (0, 1):
            raise self.refusal(stderr, status)
        return status, output

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        status, output, stderr = self._end(arguments, stdin)
        if status != 0:
            raise self.refusal(stderr, status)
        return output

    def _end(self, arguments: tuple[str, ...], stdin: bytes) -> tuple[int, bytes, bytes]:
        with _file_of(stdin) as file:
            process = self.start(*arguments, stdin=PIPE if file is None else file)
            try:
                given = stdin if file is None else None
                output, stderr = process.communicate(given, timeout=self._seconds)
            except TimeoutExpired as error:
                raise _too_slow(process, arguments[0], error.timeout) from error
        return process.returncode, output, stderr

    def refusal(self, stderr: bytes, status: int) -> GitError:
        if not speaks_of_age(stderr):
            return refusal(stderr, status)
        version = ".".join(map(str, self._version))
        advice = f"install Git {OLDEST_GIT} or newer"
        return GitError(f"Git {version} is too old for sigclock", advice=advice)


def _too_slow(process: Popen[bytes], command: str, seconds: float) -> GitError:
    """End Git, and wait for no child of it: the one that speaks to the network may never end."""
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()
    return GitError(
        f"git {command} did not end within {seconds:g} seconds",
        advice="look at the network and at the remote's address, and run it again",
    )


class Objects:
    """Finds and reads objects through one `git cat-file --batch`; not for two threads at once."""

    def __init__(self, git: GitRunner) -> None:
        self._git = git
        self._process: Popen[bytes] | None = None

    def find(self, name: str) -> GitObject | None:
        """Give the object that `name` means, None where there is none.

        `name` reaches Git as a line of input, so Git never takes it for an option.
        """
        if not name or "\n" in name or "\0" in name:
            return None
        try:
            line = encoded(name) + b"\n"
        except UnicodeEncodeError:
            return None
        self._ask(line)
        return self._answer(name)

    def _ask(self, lines: bytes) -> None:
        questions = cast("IO[bytes]", (self._process or self._start()).stdin)
        try:
            questions.write(lines)
            questions.flush()
        except BrokenPipeError as error:
            raise self._git.refusal(*self._stop()) from error

    def _answer(self, name: str) -> GitObject | None:
        answers = cast("IO[bytes]", (self._process or self._start()).stdout)
        header = answers.readline()
        match = _HEADER.fullmatch(header)
        if not match:
            self._raise_unless_missing(header, name)
            return None
        size = int(match[3])
        content = answers.read(min(size, LARGEST) + 1)
        if len(content) <= min(size, LARGEST):
            raise self._git.refusal(*self._stop())
        if size <= LARGEST:
            return GitObject(match[1].decode(), match[2].decode(), content[:-1])
        left = size - LARGEST
        while left and (chunk := answers.read(min(left, _CHUNK))):
            left -= len(chunk)
        return GitObject(match[1].decode(), match[2].decode(), content)

    def read(self, oid: str) -> bytes:
        git_object = self.find(oid)
        if git_object is None:
            raise missing(oid)
        return git_object.content

    def blob(self, name: str) -> bytes | None:
        """Give the content of the blob that `name` means, None where it means none."""
        git_object = self.find(name)
        return git_object.content if git_object and git_object.kind == "blob" else None

    def read_if_fetched(self, oid: str) -> bytes | None:
        try:
            return self.read(oid)
        except NotFetchedError:
            return None

    def read_each(self, oids: Sequence[str]) -> list[bytes | None]:
        """Give the objects in this order, None for one that is not fetched."""
        found: list[bytes | None] = []
        for start in range(0, len(oids), _AT_ONCE):
            found += self._read_some(oids[start : start + _AT_ONCE])
        return found

    def _read_some(self, oids: Sequence[str]) -> list[bytes | None]:
        # So few lines that Git's pipe takes them all while Git waits for us to read.
        self._ask("".join(f"{oid}\n" for oid in oids).encode())
        found: list[bytes | None] = []
        try:
            with suppress(NotFetchedError):
                for oid in oids:
                    if (git_object := self._answer(oid)) is None:
                        break
                    found.append(git_object.content)
        finally:
            # Nobody must take what it would answer to the rest for something else.
            if len(found) < len(oids) and self._process is not None:
                self._stop()
        return [*found, *map(self.read_if_fetched, oids[len(found) :])]

    def _start(self) -> Popen[bytes]:
        """Start the process; a finalizer ends it, also when the garbage collector frees `self`."""
        self._process = process = self._git.start("cat-file", "--batch")
        self._end = weakref.finalize(self, _finish, process)
        return process

    def _raise_unless_missing(self, header: bytes, name: str) -> None:
        # Git writes what it has to say of an object before it answers, and most often nothing.
        if header.endswith(b" missing\n") and self._is_silent():
            return
        stderr, status = self._stop()
        if header.endswith(b" ambiguous\n"):
            raise GitError(f"{name!r} names several objects", advice="give more digits of the id")
        if not header or b"error: " in stderr:
            raise self._git.refusal(stderr, status)

    def _is_silent(self) -> bool:
        """Tell whether the process has written no message; False where that cannot be told."""
        process = self._process
        # Windows can ask this of sockets alone.
        if sys.platform != "win32" and process is not None:
            messages = select.poll()
            messages.register(cast("IO[bytes]", process.stderr), select.POLLIN)
            return not messages.poll(0)
        return False

    def _stop(self) -> tuple[bytes, int]:
        """End the process after a failure, so that its messages do not fill the pipe."""
        self._process = None
        return self._end() or (b"", 0)


def _finish(process: Popen[bytes]) -> tuple[bytes, int]:
    return process.communicate()[1], process.returncode


@contextmanager
def _file_of(stdin: bytes) -> Iterator[IO[bytes] | None]:
    """Give a large input as a file; None for a small input, or if no file can be written.

    `communicate` feeds a pipe in pieces of 4 kB, which takes longer than Git's own work.
    """
    if len(stdin) < _LARGE:
        yield None
        return
    from tempfile import TemporaryFile  # noqa: PLC0415 - few commands have such an input

    with ExitStack() as opened:
        file, whole = None, False
        with suppress(OSError):
            file = opened.enter_context(TemporaryFile(buffering=0))
            whole = file.write(stdin) == len(stdin)
            file.seek(0)
        yield file if whole else None


def no_git() -> GitError:
    """The error where there is no Git to run."""
    advice = f"install Git {OLDEST_GIT} or newer and put it on PATH"
    return GitError("Git cannot be run", advice=advice)
