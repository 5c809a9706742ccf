"""A real editor, without a screen: Neovim with the settings of the documentation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import editor_picture
from support.projects import Project

from sigclock.lock import reader
from sigclock.source import LOCK_NAME

#: Types a field, accepts the change where it is told, goes to the definition and writes all.
SCRIPT = """\
vim.ui.input = function(_, done) done("old readers skip it") end
local function wait(holds) assert(vim.wait(60000, holds, 50)) end
local function told(buffer) return #vim.diagnostic.get(buffer) end
local function act(title)
  vim.lsp.buf.code_action({ apply = true, filter = function(action)
    return action.title:find(title) ~= nil
  end })
end
vim.cmd("edit flow.py")
local flow = vim.api.nvim_get_current_buf()
wait(function() return #vim.lsp.get_clients({ bufnr = flow }) > 0 end)
vim.cmd("split models.py")
local models = vim.api.nvim_get_current_buf()
vim.api.nvim_buf_set_lines(models, -1, -1, false, { "    bias: float = 0.0" })
wait(function() return told(models) == 1 and told(flow) == 2 end)
for _, one in ipairs(vim.diagnostic.get(flow)) do print(one.lnum + 1, one.code, one.severity) end
vim.cmd("wincmd w")
vim.api.nvim_win_set_cursor(0, { 7, 4 })
act("^Open models.py:7")
wait(function() return vim.api.nvim_get_current_buf() == models end)
print("at", vim.api.nvim_win_get_cursor(0)[1])
act("^Accept the change")
wait(function()
  local lock = vim.fn.bufnr(".sigclock.lock")
  return lock > 0 and vim.bo[lock].modified
end)
vim.cmd("wall")
wait(function() return told(models) == 0 and told(flow) == 0 end)
vim.cmd("qall!")
"""
FILES = {"models.py": editor_picture.MODELS, "flow.py": editor_picture.FLOW}
_FULL = os.environ.get("SIGCLOCK_FULL") == "1"


def _is_new() -> bool:
    """Whether there is a Neovim with the functions that the settings use."""
    if shutil.which("nvim") is None:
        return False
    said = subprocess.run(["nvim", "--version"], capture_output=True, check=True, encoding="utf-8")
    return tuple(map(int, re.findall(r"\d+", said.stdout)[:2])) >= (0, 11)


@pytest.mark.skipif(not (_FULL and _is_new()), reason="Neovim 0.11; SIGCLOCK_FULL=1 starts it")
def test_a_change_is_seen_followed_and_accepted(tmp_path: Path) -> None:
    project = Project.of(tmp_path / "forecast", FILES)
    settings, script = tmp_path / "init.lua", tmp_path / "script.lua"
    settings.write_text(editor_picture.documented() + "\nvim.opt.swapfile = false\n")
    script.write_text(SCRIPT)
    done = subprocess.run(
        ["nvim", "--headless", "-u", str(settings), "-c", f"luafile {script}", "-c", "cquit"],
        cwd=project.path,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_STATE_HOME": str(tmp_path),
        },
        capture_output=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )
    for line in ("6 stale-cache 2", "11 stale-cache 2", "at 7"):
        assert line in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    lock = reader.loads((project.path / LOCK_NAME).read_bytes())
    words = {word.reason for account in lock.ledger.values() for word in account.accepted}
    assert words == {"old readers skip it"}
    assert project.read("flow.py") == editor_picture.FLOW
