"""Git's drivers for the lock: attributes in the tree, and the configuration of this clone."""

from __future__ import annotations

from sigclock.git import atomic_write, hook_scripts
from sigclock.git.atomic_write import FileChange
from sigclock.git.repository import Repository
from sigclock.project.baseline import read
from sigclock.source import LOCK_NAME

ATTRIBUTES = ".gitattributes"
_MERGE = {
    "merge.sigclock.name": "locks by meaning",
    "merge.sigclock.driver": ("merge-driver", "%O", "%A", "%B", "%P"),
}
_DIFF = {"diff.sigclock.textconv": ("textconv",)}


def set_up(repository: Repository, *, merge: bool, diff: bool) -> list[str]:
    """Write what is requested and missing; return a line for each thing that was done."""
    names = [name for name, wanted in (("merge", merge), ("diff", diff)) if wanted]
    lines = _attributes(repository, names)
    for key, value in {**(_MERGE if merge else {}), **(_DIFF if diff else {})}.items():
        text = value if isinstance(value, str) else hook_scripts.driver(*value)
        if repository.setting(key, own=True) != text:
            repository.configure(key, text)
            lines.append(f"git config: {key} set, for this clone")
    return lines


def _attributes(repository: Repository, names: list[str]) -> list[str]:
    """Every clone gets the attributes; one without the configuration merges as before."""
    assert repository.root is not None
    before = read(repository.worktree(), ATTRIBUTES)
    known = {tuple(line.split()) for line in (before or b"").decode("utf-8", "replace").split("\n")}
    missing = [name for name in names if not any(_sets(words, name) for words in known)]
    if not missing:
        return []
    line = " ".join([LOCK_NAME, *(f"{name}=sigclock" for name in missing)])
    text = before or b""
    gap = b"\n" if text and not text.endswith(b"\n") else b""
    change = FileChange(ATTRIBUTES, before, text + gap + line.encode() + b"\n")
    atomic_write.replace(repository.root, [change], repository.own_folder)
    return [f"{ATTRIBUTES}: {line}"]


def _sets(words: tuple[str, ...], name: str) -> bool:
    return words[:1] == (LOCK_NAME,) and f"{name}=sigclock" in words
