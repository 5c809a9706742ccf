"""On a disk that takes `A.py` and `a.py` for one file, and has neither links nor modes: a real one.

It is a file that is mounted as FAT or exFAT, which needs `mkfs`, `mount` and the right to mount.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hooked import BUMPED, FIT, GROWN, MODELS, SIGCLOCK, Done, Hooked, grow, same

#: What makes such a disk in a file, and under which types it may be mounted.
WAYS = {"mkfs.vfat": ("vfat",), "mkfs.exfat": ("exfat", "exfat-fuse")}
SIZE = 128 * 2**20
OTHER = FIT.replace("def fit", "def other")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("disk")
    image, place = folder / "image", folder / "mounted"
    place.mkdir()
    said = "there is no mkfs.vfat or mkfs.exfat"
    for make, types in WAYS.items():
        for kind in types if shutil.which(make) else ():
            with image.open("wb") as file:
                file.truncate(SIZE)
            subprocess.run([make, str(image)], check=True, capture_output=True)
            mount = ["mount", "-t", kind, "-o", "loop", str(image), str(place)]
            done = subprocess.run(mount, check=False, capture_output=True)
            if done.returncode == 0:
                yield place
                subprocess.run(["umount", str(place)], check=True)
                return
            said = done.stderr.decode().strip().splitlines()[0]
    pytest.skip(f"no disk that ignores case can be mounted here: {said}")


def cloned(tmp_path: Path, disk: Path, files: dict[str, str | bytes]) -> Hooked:
    """A repository in which names may differ by case alone, brought onto the disk by Git."""
    there = Hooked.of(tmp_path / "ordinary", files)
    shutil.rmtree(disk / "clone", ignore_errors=True)
    there.git("clone", "-q", str(there.path), str(disk / "clone"))
    clone = Hooked(disk / "clone")
    clone.sigclock("hook", "install")
    return clone


def update(project: Hooked) -> Done:
    return project.run(*SIGCLOCK, "update")


def on_disk(project: Hooked) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.path.iterdir() if path.is_file()}


def test_the_disk_ignores_case(disk: Path) -> None:
    (disk / "Name").touch()
    assert (disk / "nAME").exists()


def test_a_commit_bumps_there_as_elsewhere(tmp_path: Path, disk: Path) -> None:
    project = cloned(tmp_path, disk, {"models.py": MODELS, "fit.py": FIT})
    grow(project)
    project.commits()
    assert (project.views("fit.py"), project.is_settled()) == (same(BUMPED), True)


def test_two_names_of_one_file_are_not_both_written(tmp_path: Path, disk: Path) -> None:
    """Git itself says that only one of them is there."""
    project = cloned(tmp_path, disk, {"models.py": MODELS, "fit.py": FIT, "Fit.py": FIT})
    project.write("models.py", GROWN)
    before = on_disk(project)
    status, said = update(project)
    assert (status, said.splitlines()[0]) == (
        2,
        "sigclock: error: Fit.py and fit.py are one file on this disk",
    )
    assert on_disk(project) == before


def test_of_two_names_the_one_that_is_not_there_loses_nothing(tmp_path: Path, disk: Path) -> None:
    """The commit is judged by what is staged, where both are."""
    project = cloned(tmp_path, disk, {"models.py": MODELS, "fit.py": FIT, "Fit.py": OTHER})
    before = on_disk(project)["fit.py"]
    project.write("models.py", GROWN)
    project.git("add", "models.py")
    done = project.try_git("commit", "-qm", "grown")
    staged = [project.blob(f":{name}") for name in ("fit.py", "Fit.py")]
    if done.status == 0:
        assert staged == [BUMPED.encode(), OTHER.replace("1.0", "1.1").encode()]
    else:
        assert staged == [FIT.encode(), OTHER.encode()]
    assert on_disk(project)["fit.py"].replace(b"1.1", b"1.0") == before


def test_a_file_that_was_renamed_by_case_alone_is_followed(tmp_path: Path, disk: Path) -> None:
    project = cloned(tmp_path, disk, {"models.py": MODELS, "fit.py": FIT})
    project.git("mv", "fit.py", "Fit.py")
    grow(project)
    project.commits()
    assert (project.issued("Fit.fit"), project.is_settled()) == (["1.0"], True)
    project.write("models.py", GROWN + "    more: int\n")
    (project.path / "Fit.py").rename(project.path / "FIT.py")
    assert update(project).status == 0
    assert b'cache_version="1.1"' in (project.path / "fIT.py").read_bytes()
