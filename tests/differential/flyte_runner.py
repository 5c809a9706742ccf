"""Calls `flow.produce` of each folder given, on Flyte 2's local runner; prints which bodies ran."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from pathlib import Path


def main() -> None:
    flyte = importlib.import_module("flyte")
    flyte.init()
    ran = {folder: call(flyte, Path(folder)) for folder in sys.argv[1:]}
    Path("ran.json").write_text(json.dumps(ran), encoding="utf-8")


def call(flyte, folder: Path) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001 - the SDK
    trace = folder / "ran"
    os.environ["TRACE"] = str(trace)
    sys.modules.pop("flow", None)
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    task = importlib.import_module("flow").produce
    with contextlib.suppress(Exception):  # a stale value may not even let itself be read
        flyte.with_runcontext(mode="local").run(task, x=3).outputs()
    sys.path.remove(str(folder))
    return trace.exists()


if __name__ == "__main__":
    main()
