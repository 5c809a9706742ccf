"""How the language server begins and ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sigclock.cli.commands import lsp
from sigclock.errors import UsageError


def test_a_server_ends_with_its_client(tmp_path: Path) -> None:
    for close in ("stdin", "stdout"):
        command = [sys.executable, "-m", "sigclock", "lsp"]
        quiet, pipe = subprocess.DEVNULL, subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=quiet, cwd=tmp_path
        ) as server:
            assert server.stdin
            assert server.stdout
            if close == "stdout":
                server.stdout.close()
            server.stdin.write(_initialize())
            server.stdin.close()
            assert server.wait(60) in {0, 1}


def _initialize() -> bytes:
    given: dict[str, object] = {"processId": None, "rootUri": None, "capabilities": {}}
    request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": given}
    body = json.dumps(request).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("sigclock.lsp.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pygls.lsp.server", None)
    with pytest.raises(UsageError) as refused:
        lsp.run()
    assert refused.value.message == "the language server needs pygls.lsp.server"
    assert refused.value.advice == "install it: pip install 'sigclock[lsp]'"
