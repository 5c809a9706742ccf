"""An archive for `verify` is a stranger's: read within bounds, and nothing beside it is run."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest
from support.projects import FIT, STATS, Project

from sigclock.cli.commands import verify
from sigclock.errors import SigclockError
from sigclock.flyte import probe
from sigclock.project.projects import Overrides

MEGABYTE = 1024 * 1024


class Zeros(io.RawIOBase):
    """As many zeros as are asked for, and no memory for them."""

    def read(self, size: int = -1) -> bytes:
        return bytes(max(size, 0))


def packed(path: Path, **sizes: int) -> Path:
    """An archive of zeros that are hardly a byte each."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, size in sizes.items():
            member = tarfile.TarInfo(f"{name}.pb")
            member.size = size
            archive.addfile(member, Zeros())
    return path


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    files = {"stats.py": STATS, "fit.py": FIT}
    return Project.of(tmp_path_factory.mktemp("archive") / "project", files)


def refused(project: Project, archive: Path, python: str = sys.executable) -> str:
    request = verify.Request(archive=str(archive), python=python)
    with pytest.raises(SigclockError) as caught:
        verify.run(str(project.path), Overrides(), request)
    return caught.value.message


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ({"task_1": 17}, "a task in it has more than 16 MB"),
        ({"a": 200, "b": 100}, "more than 256 MB are packed in it"),
    ],
    ids=["a task", "all"],
)
def test_what_is_packed_small_is_not_unpacked(
    tmp_path: Path, sizes: dict[str, int], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this process, where only the message's class is another."""
    monkeypatch.setitem(sys.modules, "flyteidl.admin.task_pb2", ModuleType("task_pb2"))
    monkeypatch.setattr(sys.modules["flyteidl.admin.task_pb2"], "TaskSpec", None, raising=False)
    sizes = {name: size * MEGABYTE for name, size in sizes.items()}
    with pytest.raises(ValueError, match=said):
        probe.of_archive(str(packed(tmp_path / "x.tgz", **sizes)))


def test_a_module_of_the_current_folder_is_not_run(project: Project, tmp_path: Path) -> None:
    flag = tmp_path / "run"
    project.write("json.py", f"open({str(flag)!r}, 'w')\n")
    archive = packed(tmp_path / "x.tgz", nothing=1)
    request = verify.Request(archive=str(archive))
    verify.run(str(project.path), Overrides(), request)
    assert not flag.exists()


def test_an_archive_that_is_read_for_ever_is_given_up(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify, "_ARCHIVE_SECONDS", 1)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    python.chmod(0o755)
    assert refused(project, tmp_path / "x.tgz", str(python)).endswith("within 1 seconds")


def test_an_answer_that_is_none_is_an_error(project: Project, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\nprintf "[]" > "$2"\n', encoding="utf-8")
    python.chmod(0o755)
    said = refused(project, tmp_path / "x.tgz", str(python))
    assert said.endswith(" answered something that cannot be read")
