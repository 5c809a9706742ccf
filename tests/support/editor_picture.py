"""The picture of Neovim in the documentation: a real editor, in a terminal, with the real server.

`PYTHONPATH=.:tests python -m support.editor_picture` draws it anew, with Neovim 0.11 and tmux; the
settings are those of the page.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from support.pages import blocks
from support.paths import DOCS
from support.projects import Project

PICTURE = DOCS / "editor.svg"
MODELS = """\
from dataclasses import dataclass


@dataclass
class Metrics:
    loss: float
"""
FIELD = "    bias: float = 0.0\n"
FLOW = """\
from flytekit import task

from models import Metrics


@task(cache=True, cache_version="1.0")
def train(rows: int) -> Metrics:
    return Metrics(0.0)


@task(cache=True, cache_version="2.3")
def tune(rows: int) -> list[Metrics]:
    return []
"""
#: What the documentation says, and a look that fits a picture.
SETTINGS = """\
{documented}
vim.diagnostic.config({{ virtual_text = {{ prefix = "", spacing = 2 }} }})
vim.diagnostic.config({{ signs = false, underline = false }})
vim.opt.swapfile = false
vim.opt.fillchars = "eob: "
vim.cmd("colorscheme vim | syntax on | highlight LspCodeLens ctermfg=cyan guifg=cyan")
vim.uv.new_timer():start(1000, 500, vim.schedule_wrap(function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    vim.lsp.codelens.refresh({{ bufnr = vim.api.nvim_win_get_buf(window) }})
  end
end))
"""
_SIZE = ("-x", "132", "-y", "27")
_LINK = "{http://www.w3.org/2000/svg}text"


def screen(place: Path) -> str:
    """What the terminal shows, with its colours, after a field was typed."""
    project = Project.of(place / "forecast", {"models.py": MODELS, "flow.py": FLOW})
    settings = place / "init.lua"
    settings.write_text(SETTINGS.format(documented=documented()))
    terminal = ["tmux", "-L", place.name, "-f", "/dev/null"]
    found = f"PATH={Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    editor = ["env", found, "nvim", "-u", str(settings), "-o", "flow.py", "models.py"]
    _run(*terminal, "new-session", "-d", *_SIZE, "-c", str(project.path), *editor)
    try:
        _until(terminal, "local reuses its result")
        for keys in (["C-w", "j"], ["G", "o"], ["-l", FIELD.strip()], ["Escape"], ["C-w", "k"]):
            _run(*terminal, "send-keys", *keys)
        _until(terminal, "is due: bump to 2.4")
        _until(terminal, "return it under")
        return _run(*terminal, "capture-pane", "-e", "-p").rstrip()
    finally:
        _run(*terminal, "kill-server")


def documented() -> str:
    """The settings that the documentation gives."""
    page = (DOCS / "how-to/editor.md").read_text(encoding="utf-8")
    return "".join(block.text for block in blocks(page) if block.language == "text")


def _until(terminal: list[str], words: str) -> None:
    for _ in range(300):
        if words in _run(*terminal, "capture-pane", "-p"):
            return
        time.sleep(0.2)
    raise TimeoutError(_run(*terminal, "capture-pane", "-p"))


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, encoding="utf-8").stdout


def shown() -> str:
    """The words of the picture that is there, a line of the terminal a line."""
    lines: dict[float, str] = {}
    for text in ET.parse(PICTURE).iter(_LINK):  # noqa: S314 - ours
        if "clip-path" in text.attrib:
            height = float(text.attrib["y"])
            lines[height] = lines.get(height, "") + (text.text or "")
    return "\n".join(re.sub(r"[\s\xa0]+", " ", line) for line in lines.values())


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        text = screen(Path(place))
        console = Console(record=True, width=int(_SIZE[1]), file=(Path(place) / "out").open("w"))
        console.print(Text.from_ansi(text), no_wrap=True, crop=False)
        drawn = console.export_svg(title="a field was typed", theme=MONOKAI, unique_id="e")
    # A picture fetches nothing: readers have a font of their own.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main()
