"""`nox` tests on every Python that is here, and says which are not; `nox --list` has the rest."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nox

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
FAST = "@tests/fast.txt"
REQUIREMENTS = Path(".github/requirements")
SYSTEMS = ("linux", "darwin", "win32")

nox.needs_version = ">=2024.10"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.sessions = ["tests"]

# pyenv has its Pythons where PATH has none of them.
_PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
_FOLDERS = sorted(map(str, _PYENV.glob("versions/3.1[0-9]*/bin")))
os.environ["PATH"] = os.pathsep.join([*_FOLDERS, os.environ["PATH"]])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The fast part, with the newest dependencies."""
    session.install("-e", ".[test]")
    session.run("pytest", "-q", FAST, *session.posargs)


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The fast part, with the lowest dependencies that are allowed, on the lowest Python."""
    session.install("--resolution", "lowest-direct", "-e", ".[test]")
    # What the tests need may ask for more than sigclock itself does.
    own = nox.project.load_toml("pyproject.toml")["project"]["dependencies"]
    session.install("--no-deps", *(needed.replace(">=", "==") for needed in own))
    session.run("pytest", "-q", FAST, *session.posargs)


@nox.session(python=False)
def types(session: nox.Session) -> None:
    """The types, as each system has them."""
    for system in SYSTEMS:
        cache = f".mypy_cache/{system}"
        session.run(
            sys.executable, "-m", "mypy", "--platform", system, "--cache-dir", cache, "sigclock"
        )


@nox.session(python=False)
def lock(session: nox.Session) -> None:
    """Write the requirements with hashes anew: of the action, of releases and of the linters."""
    names = {
        "action": ("pyproject.toml", str(REQUIREMENTS / "build.in")),
        "release": (str(REQUIREMENTS / "release.in"),),
        "lint": (str(REQUIREMENTS / "lint.in"),),
    }
    options = ("--quiet", "--upgrade", "--universal", "--generate-hashes")
    for name, sources in names.items():
        session.run(
            "uv", "pip", "compile", *options, "--python-version", PYTHONS[0], *sources,
            "--output-file", str(REQUIREMENTS / f"{name}.txt"),
            env={"UV_CUSTOM_COMPILE_COMMAND": "nox -s lock"}, external=True,
        )  # fmt: skip


@nox.session(python=False)
def benchmarks(session: nox.Session) -> None:
    """What an installation costs, beside the tools that its users know."""
    session.run(sys.executable, "benchmarks/installation.py", *session.posargs)
