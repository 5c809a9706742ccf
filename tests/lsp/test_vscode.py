"""The extension for VS Code: which server it starts, and that it can be packed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.paths import ROOT

from sigclock import __version__

EXTENSION = ROOT / "editors/vscode"


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_it_starts_the_server_of_the_project(tmp_path: Path) -> None:
    program = tmp_path / "project/.venv/bin/sigclock"
    program.parent.mkdir(parents=True)
    program.touch()
    uvx = {"command": "uvx", "args": ["--from", "sigclock[lsp]", "sigclock", "lsp"]}
    assert _servers(
        [["", [str(tmp_path)], []], ["/own", [], []], ["", [], [str(program.parent.parent)]]]
    ) == [
        uvx,
        {"command": "/own", "args": ["lsp"]},
        {"command": str(program), "args": ["lsp"]},
    ]


def _servers(calls: list[list[object]]) -> object:
    script = (
        f"const {{ server }} = require({json.dumps(str(EXTENSION / 'server.js'))});"
        f"console.log(JSON.stringify({json.dumps(calls)}.map((call) => server(...call))));"
    )
    done = subprocess.run(["node", "-e", script], capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(os.environ.get("SIGCLOCK_FULL") != "1", reason="npm; SIGCLOCK_FULL=1 runs it")
@pytest.mark.skipif(shutil.which("npx") is None, reason="there is no npm here")
def test_it_can_be_packed(tmp_path: Path) -> None:
    copy = shutil.copytree(EXTENSION, tmp_path / "vscode")
    pack = ["npx", "--yes", "@vscode/vsce@3", "package", "--no-dependencies", "--out", "it.vsix"]
    subprocess.run(pack, cwd=copy, check=True, capture_output=True)
    names = zipfile.ZipFile(copy / "it.vsix").namelist()
    packed = {Path(name).name for name in names if name.startswith("extension/")}
    expected = {"package.json", "extension.js", "server.js", "readme.md", "LICENSE.txt"}
    assert packed == expected
    assert json.loads((copy / "package.json").read_text())["version"] == __version__
