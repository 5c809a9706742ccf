"""Files that a user names, in a repository to which somebody else pushes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from support.projects import FIT, STATS, Project

from sigclock.cli import completion
from sigclock.cli.main import main
from sigclock.cli.named_files import read_named
from sigclock.source import LOCK_NAME

WORDS = '[tool.sigclock]\ntoken = "words of the victim"\n'
SAID = "  sigclock follows no link in a repository; name the file itself\n"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(
        tmp_path_factory.mktemp("plain") / "project", {"fit.py": FIT, "stats.py": STATS}
    )


@pytest.fixture
def project(plain: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """What was pushed has links to a file and to a folder outside."""
    made = plain.copied(tmp_path / "project")
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "file").write_text(WORDS)
    (made.path / "file").symlink_to(victim / "file")
    (made.path / "folder").symlink_to(victim)
    (made.path / "new").symlink_to(victim / "new")
    made.write("real/team.toml", "[tool.sigclock]\n")
    monkeypatch.chdir(made.path)
    return made


def status(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


#: How a user may name a file of the repository that leads out, from within it.
NAMES: dict[str, Callable[[Project], str]] = {
    "file": lambda _: "file",
    "folder": lambda _: "folder/file",
    "no file yet": lambda _: "new",
    "absolute": lambda project: str(project.path / "file"),
    "through another name": lambda project: str(project.path.parent / "alias/file"),
    "and back": lambda _: "folder/../folder/file",
}


CHECK, AUDIT = ("check", "--format", "json:{}"), ("audit", "--html", "{}")
CONFIG = ("--config", "{}", "check")


@pytest.mark.parametrize(
    ("verb", "name"), [*((CHECK, name) for name in NAMES), (AUDIT, "no file yet"), (CONFIG, "file")]
)
def test_no_link_of_the_repository_is_followed(
    project: Project, verb: tuple[str, ...], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.path.parent / "alias").symlink_to(project.path)
    assert status(*(part.format(NAMES[name](project)) for part in verb)) == 2
    said = capsys.readouterr().err
    assert (" leads through a link, " in said, said.endswith(SAID)) == (True, True)
    victim = project.path.parent / "victim"
    assert [(file.name, file.read_text()) for file in victim.iterdir()] == [("file", WORDS)]


def test_a_configuration_that_is_a_link_to_a_device_is_not_read(project: Project) -> None:
    (project.path / "team.toml").symlink_to("/dev/zero")
    assert status("--config", "team.toml", "check") == 2


@pytest.mark.usefixtures("project")
def test_a_comment_names_the_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """Another job may comment on the same pull request by another one."""
    comment = ("comment", "--dry-run", "--base", "HEAD")
    assert status("--config", "real/team.toml", *comment) == 0
    assert "\n- note: judged by `real/team.toml`\n" in capsys.readouterr().out
    assert status(*comment) == 0
    assert "judged by" not in capsys.readouterr().out


@pytest.mark.usefixtures("project")
def test_what_is_too_large_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigclock.cli.named_files.LARGEST", 10)
    assert len(read_named("fit.py", "")) == 11


@pytest.mark.usefixtures("project")
def test_what_has_no_end_is_read_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that the user names outside of a repository is the user's."""
    monkeypatch.setattr("sigclock.cli.named_files.LARGEST", 10)
    assert len(read_named("/dev/zero", "")) == 11


def test_elsewhere_links_and_pipes_are_the_users(project: Project, tmp_path: Path) -> None:
    (tmp_path / "team.toml").symlink_to(project.path / "real/team.toml")
    (tmp_path / "link.json").symlink_to(tmp_path / "report.json")
    report = f"json:{tmp_path / 'link.json'}"
    assert status("--config", str(tmp_path / "team.toml"), "check", "--format", report) == 0
    assert (tmp_path / "report.json").stat().st_size > 100
    read, write = os.pipe()
    os.write(write, b"[tool.sigclock]\n")
    os.close(write)
    assert status("--config", f"/dev/fd/{read}", "check", "--format", "json:real/report.json") == 0
    assert Path("real/report.json").stat().st_size > 100
    assert status("--config", "../project/real/team.toml", "check") == 0


def test_a_shell_is_not_told_what_a_link_leads_to(project: Project) -> None:
    context = click.Context(click.Command("sigclock"))
    context.params["directory"] = str(project.path)
    assert completion.tasks(context, click.Argument(["task"]), "") == ["fit.fit"]
    lock = project.path / LOCK_NAME
    lock.rename(project.path.parent / "lock")
    lock.symlink_to(project.path.parent / "lock")
    assert completion.tasks(context, click.Argument(["task"]), "") == []
