"""Random commits under the real hook; `python benchmarks/soak.py PATH` makes two thousand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support.hooked import ROOT

COMMITS = os.environ.get("SIGCLOCK_SOAK", "60")


def test_no_version_has_two_meanings_after_any_commit(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/soak.py", str(tmp_path / "soak"), "--commits", COMMITS],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "commits" in done.stdout
