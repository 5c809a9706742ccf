"""A repository that tries to run code on whoever reads it; whatever runs leaves a file behind."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

from support.git import ENVIRONMENT, OPTIONS
from support.hooked import ROOT
from support.projects import COUNT, FIT, STATS, Project

if TYPE_CHECKING:
    from pathlib import Path

#: What Python, pytest, tools and sigclock itself would import from the folder they are started in.
MODULES = (
    "sitecustomize", "usercustomize", "conftest", "setup", "noxfile", "click", "git", "gitdb",
    "msgspec", "tomllib", "tomli", "json", "ast", "encodings", "subprocess", "pathlib", "hashlib",
    "typing", "re", "flytekit", "flyte", "pytest_plugin", "sigclock_plugin",
)  # fmt: skip
#: Attributes come with any push; what they name is only done if the configuration knows it.
ATTRIBUTES = "* filter=evil diff=evil merge=evil ident text working-tree-encoding=utf-8\n"
ATTRIBUTES += '*.lock merge=a=b"c\n'
#: Files that a command would take for its options, if nothing told it that they are files.
OPTIONS_FOR_NAMES = (
    "--output=stolen.py", "-ostolen.py", "--upload-pack=stolen.py", "--exec=stolen.py", "-rf.py",
    "--textconv/--filters.py", "-C/stolen.py", "-c core.pager=stolen.py", "@{-1}.py", "HEAD.py",
)  # fmt: skip
#: Every command that sigclock gives to Git.
COMMANDS = (
    "rev-parse", "rev-list", "ls-files", "ls-tree", "cat-file", "diff-tree", "diff-index",
    "diff-files", "for-each-ref", "symbolic-ref", "merge-base", "merge-tree", "config", "remote",
    "apply", "add", "update-index", "fetch", "version", "log", "show", "diff", "status",
)  # fmt: skip


class Told(NamedTuple):
    status: int
    stdout: str
    stderr: str


class Hostile(Project):
    """`ran` tells which traps went off."""

    @property
    def canaries(self) -> Path:
        return self.path.parent / "canaries"

    @property
    def ran(self) -> list[str]:
        return sorted(path.name for path in self.canaries.iterdir())

    def clear(self) -> None:
        for file in self.canaries.iterdir():
            file.unlink()

    def trap(self, name: str) -> str:
        """A command that leaves a file of this name."""
        script = self.path.parent / "traps" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\ntouch '{self.canaries}/{name}'\nexec cat\n")
        script.chmod(0o755)
        return str(script)

    def git_said(self, *arguments: str) -> str:
        """What Git and its hooks say; names are quoted by Git itself."""
        done = subprocess.run(
            ["git", *OPTIONS, *arguments],
            cwd=self.path,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=False,
        )
        return os.fsdecode(done.stdout + done.stderr)

    def sigclock(self, *arguments: str, start: tuple[str, ...] = ("-m", "sigclock")) -> Told:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "GIT_PAGER": "", "PAGER": ""}
        done = subprocess.run(
            [sys.executable, *start, *arguments],
            cwd=self.path,
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Told(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))


def pushed(path: Path) -> Hostile:
    """What anybody can put into a commit; a bump is due, and the branch `side` has another."""
    project = Hostile.of(path, {"stats.py": STATS, "fit.py": FIT})
    project.canaries.mkdir()
    for name in MODULES:
        project.write(f"{name}.py", f"open({str(project.canaries / name)!r}, 'w')\n{FIT}")
    for name in OPTIONS_FOR_NAMES:
        project.write(name, FIT)
    project.write("evil.pth", f"import os; open({str(project.canaries / 'pth')!r}, 'w')\n")
    project.write(".gitattributes", ATTRIBUTES)
    project.write(
        ".gitmodules",
        f'[submodule "x"]\n\tpath = sub\n\turl = ext::{project.trap("submodule")}\n\tupdate = !x\n',
    )
    project.update()
    project.commit("hostile")
    project.git("switch", "-qc", "side")
    project.write("stats.py", STATS + "    side: int\n")
    project.update()
    project.commit("side")
    project.git("switch", "-q", "main")
    project.write("stats.py", STATS + "    main: int\n")
    project.update()
    project.commit("main")
    project.write("stats.py", STATS + COUNT)
    return project


def handed_over(path: Path) -> Hostile:
    """The same as an archive, `.git` and all: its configuration and hooks are the attacker's."""
    project = pushed(path)
    project.git("add", "--all")
    with (project.path / ".git/config").open("a") as file:
        file.writelines(map(written, settings(project), settings(project).values()))
    for hook in ("post-index-change", "pre-commit", "reference-transaction", "post-checkout"):
        (project.path / ".git/evil").mkdir(exist_ok=True)
        script = project.path / ".git/evil" / hook
        script.write_text(f"#!/bin/sh\ntouch '{project.canaries}/hook-{hook}'\n")
        script.chmod(0o755)
    # As if all had been staged in the second in which the index was written: then Git compares
    # contents, and those go through filters.
    oldest = min(path.stat().st_mtime for path in project.path.glob("*.py"))
    os.utime(project.path / ".git/index", (oldest, oldest))
    project.clear()
    return project


def written(key: str, value: str) -> str:
    """A setting as it stands in a file."""
    section, _, rest = key.partition(".")
    inner, _, name = rest.rpartition(".")
    inner, value = (text.replace("\\", "\\\\").replace('"', '\\"') for text in (inner, value))
    head = f'[{section} "{inner}"]' if inner else f"[{section}]"
    return f'{head}\n\t{name} = "{value}"\n'


def settings(project: Hostile) -> dict[str, str]:
    """Settings that make Git run something, each with a trap of its own."""
    trap = project.trap
    remote = f"ext::{trap('remote')}"
    commands = {f"alias.{name}": f"!{trap('alias')}" for name in COMMANDS}
    pagers = {f"pager.{name}": trap("pager") for name in COMMANDS}
    return {
        **commands,
        **pagers,
        "core.pager": trap("pager"),
        "core.fsmonitor": trap("fsmonitor"),
        "core.hooksPath": str(project.path / ".git/evil"),
        "core.editor": trap("editor"),
        "core.sshCommand": trap("ssh"),
        "core.gitProxy": trap("proxy"),
        "core.askPass": trap("askpass"),
        "core.alternateRefsCommand": trap("alternates"),
        "credential.helper": f"!{trap('credentials')}",
        "diff.external": trap("external-diff"),
        "diff.evil.textconv": trap("textconv"),
        "diff.evil.command": trap("diff"),
        "filter.evil.clean": trap("clean"),
        "filter.evil.smudge": trap("smudge"),
        "filter.evil.process": trap("process"),
        "filter.evil.required": "true",
        "merge.evil.driver": f"{trap('merge')} %O %A %B",
        "merge.default": "evil",
        'merge.a=b"c.driver': trap("merge"),
        "merge.renormalize": "true",
        "gpg.program": trap("gpg"),
        "gpg.ssh.program": trap("gpg"),
        "gpg.x509.program": trap("gpg"),
        f"url.{remote}.insteadOf": "https://",
        "log.showSignature": "true",
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
        "remote.origin.url": remote,
        "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
        "remote.origin.vcs": "evil",
        "remote.origin.uploadpack": trap("uploadpack"),
        "uploadpack.packObjectsHook": trap("pack-objects"),
        "interactive.diffFilter": trap("diff-filter"),
        "sequence.editor": trap("sequence"),
        "submodule.x.update": f"!{trap('submodule-update')}",
        "maintenance.auto": "true",
        "gc.auto": "1",
    }
