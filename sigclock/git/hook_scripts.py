"""Hook scripts in Git's hooks folder: ours runs another's, and uninstalling restores that."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from contextlib import suppress
from enum import Enum
from pathlib import Path

import msgspec

from sigclock.errors import GitError, SigclockError
from sigclock.git.names import decoded
from sigclock.git.plain_files import read_plain
from sigclock.git.refs import ARRIVING
from sigclock.git.repository import Repository
from sigclock.git.staging import MATTERS

#: Each hook with what it adds to `sigclock hook run`.
HOOKS = {"pre-commit": "", "pre-merge-commit": " --merge"}

#: `-c` instead of `-m`, and without the current folder: the code of the repository is never run.
_START = (
    "import sys; sys.path[:] = [entry for entry in sys.path if entry]; "
    "from sigclock.cli import main; main()"
)
#: For a hook: its environment may have lost sigclock since.
_GUARDED = _START.replace(
    "from sigclock",
    "from importlib.util import find_spec; "
    'find_spec("sigclock") or sys.exit("sigclock: " + sys.executable + " no longer has sigclock: '
    "install it there, or run `sigclock hook install` where it is,\\n"
    '  or commit once without it: SIGCLOCK=0 git commit"); from sigclock',
)
_SCRIPT = """\
#!/bin/sh
# Written by `sigclock hook install`; `sigclock hook uninstall` takes it away again.
python={python}
other="$(dirname -- "$0")/{other}"
if [ -x "$other" ]; then
    "$other" "$@" || exit $?
fi
[ "$SIGCLOCK" = 0 ] && exit 0
{asked}if [ ! -x "$python" ]; then
    echo "sigclock: $python is gone: run \\`sigclock hook install\\` again," >&2
    echo "  or commit once without it: SIGCLOCK=0 git commit" >&2
    exit 1
fi
exec "$python" -c '{start}' hook run{option}
"""
#: What `staging.concerns` says, asked of Git: Python takes ten times as long to start. One line of
#: the answer that names a commit is HEAD's; another one is arriving.
_ASKED = """\
commits="$(printf '%s^{{commit}}\\n' HEAD {arriving} | git cat-file --batch-check 2>/dev/null)"
case "$commits" in
*" commit "*" commit "*) ;;
*" commit "*)
    if GIT_LITERAL_PATHSPECS=0 GIT_GLOB_PATHSPECS=0 GIT_NOGLOB_PATHSPECS=0 GIT_ICASE_PATHSPECS=0 \\
        git -c core.fsmonitor=false diff-index --cached --quiet --no-renames --ignore-submodules \\
        HEAD -- {matters} 2>/dev/null; then exit 0; fi ;;
esac
""".format(
    arriving=" ".join(ARRIVING),
    matters=" ".join(f"'{pattern}'" for pattern in MATTERS),
)
_BY_HAND = "add the line `sigclock hook run` to a pre-commit hook of your own"
_OTHER = "{name}.before-sigclock"
_PYTHON = re.compile(r"^python=(.*)$", re.MULTILINE)
_FRAMEWORKS = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
_FRAMEWORK_RUNS_US = re.compile(rb"^[^#\n]*\bsigclock-(?:update|check)\b", re.MULTILINE)


class HookState(str, Enum):
    """What a hooks folder has under the name of a hook."""

    ABSENT = "not installed"
    OURS = "installed"
    EDITED = "installed, and edited since"
    OTHER = "another hook"


#: `[hook "name"]` in Git's configuration, since Git 2.54: https://git-scm.com/docs/git-hook
_CONFIGURED = r"^hook\..*\.(command|event|enabled)$"


class Hook(msgspec.Struct, frozen=True):
    """A hook of a folder; `chained` tells whether another's hook runs before ours."""

    folder: Path
    name: str
    state: HookState
    chained: bool

    @property
    def path(self) -> Path:
        return self.folder / self.name

    @property
    def other(self) -> Path:
        """Where another's hook waits while ours is installed."""
        return self.folder / _OTHER.format(name=self.name)

    @property
    def line(self) -> str:
        """The hook's state in one line."""
        chain = (
            f", after {self.other.name}" if self.chained and self.state is HookState.OURS else ""
        )
        return f"{self.name}: {self.state.value}{chain} ({self.path})"


def look(folder: Path) -> list[Hook]:
    """The hooks of ours in a folder, as they are now."""
    return [look_at(folder, name) for name in HOOKS]


def look_at(folder: Path, name: str) -> Hook:
    """One hook as it is now."""
    path, other = folder / name, folder / _OTHER.format(name=name)
    return Hook(folder, name, _state(path, name), os.path.lexists(other))


def _state(path: Path, name: str) -> HookState:
    if not os.path.lexists(path):
        return HookState.ABSENT
    try:
        content = read_plain(path)
    except OSError:
        return HookState.OTHER
    text = content.decode("utf-8", "surrogateescape")
    python = _PYTHON.search(text)
    # Whatever interpreter it was written for, the rest must be ours to the last byte.
    if python and text in {_script(name, python[1], asked) for asked in (_ASKED, "")}:
        return HookState.OURS
    return HookState.EDITED if b"sigclock hook install" in content else HookState.OTHER


def _script(name: str, python: str, asked: str = _ASKED) -> str:
    """Without what is `asked`, it is the one that was installed before Git was."""
    other = _OTHER.format(name=name)
    return _SCRIPT.format(
        python=python, other=other, asked=asked, start=_GUARDED, option=HOOKS[name]
    )


def install_all(repository: Repository) -> list[str]:
    """Install every hook, unless another tool manages hooks here; give a line for each."""
    refuse_others(repository)
    folder = repository.hooks()
    for hook in look(folder):
        install(hook)
    return [hook.line for hook in look(folder)]


def uninstall_all(repository: Repository) -> list[str]:
    """Remove every hook of ours; give a line for what is in its place then."""
    for hook in look(repository.hooks()):
        uninstall(hook)
    return [hook.line for hook in look(repository.hooks())]


def status(repository: Repository) -> list[str]:
    """A line for each hook, and one if the pre-commit framework runs sigclock."""
    lines = [hook.line for hook in look(repository.hooks())]
    lines += [f"{key} runs sigclock (Git's configuration)" for key in configured(repository)]
    config_file = framework(work_tree(repository))
    return (
        [*lines, f"{config_file} runs sigclock through the pre-commit framework"]
        if config_file
        else lines
    )


def work_tree(repository: Repository) -> Path:
    """The folder in which commits are made; `GitError` if the repository has none."""
    if repository.root is None:
        raise GitError(
            "this repository is bare: no commit is made here",
            advice="install the hook in a clone with a work tree",
        )
    return repository.root


def is_at_work(repository: Repository) -> bool:
    """Whether sigclock judges commits here, by its hook or through the pre-commit framework."""
    ours = (HookState.OURS, HookState.EDITED)
    installed = any(hook.state in ours for hook in look(repository.hooks()))
    return installed or bool(
        configured(repository) or (repository.root and framework(repository.root))
    )


def configured(repository: Repository) -> list[str]:
    """The keys in Git's configuration under which sigclock runs before a commit."""
    answer = repository.git.ask("config", "-z", "--get-regexp", _CONFIGURED) or b""
    records = decoded(answer).split("\0")[:-1]
    hooks: dict[str, dict[str, list[str]]] = {}
    for key, _, value in (record.partition("\n") for record in records):
        name, _, what = key.rpartition(".")
        hooks.setdefault(name, {}).setdefault(what, []).append(value)
    return [
        f"{name}.command"
        for name, parts in hooks.items()
        if "sigclock" in "".join(parts.get("command", []))
        and "pre-commit" in parts.get("event", [])
        and parts.get("enabled", ["true"])[-1] != "false"
    ]


def refuse_others(repository: Repository) -> None:
    """Raise if another tool manages hooks here."""
    config_file = framework(work_tree(repository))
    if config_file:
        raise GitError(
            f"{config_file} runs sigclock already",
            advice="`pre-commit install` (or `prek install`) puts that in place; one is enough",
        )
    folder = repository.setting("core.hooksPath")
    if folder is not None and repository.setting("core.hooksPath", own=True) is None:
        raise GitError(
            f"core.hooksPath is {folder} for more than this repository",
            advice=f"give this one its own (git config core.hooksPath .git/hooks), or {_BY_HAND}",
        )
    if ".husky" in repository.hooks().parts:
        raise GitError(
            "husky manages the hooks of this repository",
            advice="add the line `sigclock hook run` to .husky/pre-commit",
        )


def install(hook: Hook) -> None:
    """Install our hook; another's moves aside first, and ours runs it."""
    if hook.state is HookState.EDITED:
        raise _edited(hook, "move your lines elsewhere, remove it, and run this again")
    if hook.state is HookState.OTHER and hook.chained and not _is_same_file(hook.path, hook.other):
        raise GitError(
            f"{hook.path} is another hook, and {hook.other.name} is there too",
            advice="make one of the two, then run this again",
        )
    try:
        hook.folder.mkdir(parents=True, exist_ok=True)
        draft = hook.folder / f".{hook.name}-{secrets.token_hex(8)}.tmp"
        draft.write_text(
            _script(hook.name, _interpreter()),
            encoding="utf-8",
            errors="surrogateescape",
            newline="\n",
        )
        draft.chmod(0o755)
        if hook.state is HookState.OTHER and not hook.chained:
            _copy_aside(hook)
        draft.replace(hook.path)
    except OSError as error:
        raise _unwritable(hook, error) from error


def _copy_aside(hook: Hook) -> None:
    """Give the file a second name, so that the hook is never missing."""
    try:
        os.link(hook.path, hook.other, follow_symlinks=False)
    except (OSError, NotImplementedError):
        hook.path.rename(hook.other)


def _is_same_file(one: Path, other: Path) -> bool:
    """Whether an installation was interrupted between the second name and the replacement."""
    return os.path.samestat(one.lstat(), other.lstat())


def uninstall(hook: Hook) -> None:
    """Remove our hook and put another's back where it was."""
    if hook.state is HookState.EDITED:
        raise _edited(hook, f"take sigclock's lines out by hand; yours waits in {hook.other.name}")
    if hook.state is not HookState.OURS:
        return
    try:
        if hook.chained:
            hook.other.replace(hook.path)
        else:
            hook.path.unlink()
    except OSError as error:
        raise _unwritable(hook, error) from error


def driver(*arguments: str) -> str:
    """A command for Git's configuration that runs this sigclock; `%` is doubled for Git."""
    start = f"{_interpreter()} -c '{_START}'".replace("%", "%%")
    return " ".join((start, *arguments))


def _interpreter() -> str:
    """Name the running Python to a shell, also to that of Git for Windows: with slashes."""
    return shlex.quote(Path(sys.executable).as_posix())


def framework(root: Path) -> str | None:
    """The file that has the pre-commit framework run sigclock; None if there is none."""
    top = Path(os.path.realpath(root))
    for name in _FRAMEWORKS:
        # Some teams keep it elsewhere in the repository, with a link to it.
        file = Path(os.path.realpath(top / name))
        with suppress(OSError):
            if file.is_relative_to(top) and _FRAMEWORK_RUNS_US.search(read_plain(file)):
                return name
    return None


def _edited(hook: Hook, advice: str) -> GitError:
    return GitError(f"{hook.path} is sigclock's hook with changes by hand", advice=advice)


def _unwritable(hook: Hook, error: OSError) -> SigclockError:
    return SigclockError(
        f"cannot write {hook.path}: {error.strerror}",
        advice="give permission, or add `sigclock hook run` to a hook of your own",
    )
