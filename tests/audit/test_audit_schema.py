from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
from support.git import Repo

from audit.histories import Commit, audited, build
from sigclock.audit import formats
from sigclock.cli.commands import schema

if TYPE_CHECKING:
    from pathlib import Path

INT, STR = range(2)


def test_an_audit_fulfils_its_schema(tmp_path: Path) -> None:
    repo = Repo.init(tmp_path)
    build(repo, [Commit((), {"t": ("1", INT)}), Commit((0,), {"t": ("1", STR)})])
    found = audited(repo)

    jsonschema.validate(json.loads(formats.as_json(found)), json.loads(schema.run("audit")))
    assert found.breaches
