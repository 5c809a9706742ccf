"""Names, reasons and versions are anybody's text: in no output are they more than that."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from support.projects import COUNT, FIT, STATS

from safety.hostile import Hostile
from sigclock.cli.main import main
from sigclock.source import LOCK_NAME
from sigclock.verdict.wording import harmless

if TYPE_CHECKING:
    from pathlib import Path

NASTY = (
    "::error::x",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp",
    "##[group]x",
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "@everyone `a`|b",
    "[a](javascript:b)",
    "--help",
    "a\n::error::b\n",
    "a\r\n# title",
    "'\"; drop",
)
VERBS = [
    ("check",), ("check", "--format", "github"), ("check", "--format", "markdown"),
    ("check", "-v", "--color", "never"), ("diff", "HEAD~1"), ("audit",),
    ("audit", "--format", "markdown"), ("comment", "--dry-run", "--base", "HEAD~1"),
    ("textconv", LOCK_NAME), ("hook", "run", "--check"), ("update", "--check"), ("init",),
]  # fmt: skip
FORGED = [
    ("check",), ("diff", "HEAD~1"), ("textconv", LOCK_NAME), ("log", "fit.fit"),
    ("explain", "fit.fit"), ("comment", "--dry-run", "--base", "HEAD~1"), ("update",),
]  # fmt: skip
TASK = """\
from flytekit import task
from stats import Stats

@task(cache=True, cache_version={version!r})
def {name}(path: str) -> Stats: ...

@task(cache=True, cache_version=f"{{path}}" + {version!r})
def void_{name}(path: str) -> None: ...
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    """Every nasty text as the name of a file, so of a task, as a version and as a reason."""
    folder = tmp_path_factory.mktemp("names")
    files = {
        f"{text.replace('/', '')}.py": TASK.format(version=text, name=f"fit_{number}")
        for number, text in enumerate(NASTY)
    }
    project = Hostile.of(folder / "project", {"stats.py": STATS, "fit.py": FIT, **files})
    project.write("stats.py", STATS + COUNT)
    for text in NASTY[:3]:
        name = f"fit_{NASTY.index(text)}"
        project.sigclock("accept", f"{text}.{name}", "--reason", f"{text} is fine")
    project.commit("nasty")
    project.write("stats.py", STATS + "    total: int\n")
    project.write("broken\x1b[31m\n::error::.py", "import flytekit\ndef (")
    return project


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    files = {"stats.py": STATS, "fit.py": FIT}
    return Hostile.of(tmp_path_factory.mktemp("plain") / "project", files)


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_no_output_has_a_control_or_a_command(
    project: Hostile,
    verb: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(project.path)
    status, said = told(capsys, *verb)
    assert status in (0, 1), said
    for line in said.split("\n"):
        assert line.isprintable(), line
        assert not line.lstrip().startswith("##["), line
        ours = re.fullmatch(r"::(error|warning|notice) (file=[^:]*,|)title=sigclock[^:]*::.*", line)
        assert ours or not line.lstrip().startswith("::"), line


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    """Status and output of a verb, in this process."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code, "".join(capsys.readouterr())


def test_what_a_hook_and_init_say_of_names(tmp_path: Path) -> None:
    nasty = "a\x1b[31m\n::error::x"
    folder = Hostile.of(tmp_path / "project", {f"{nasty}/pyproject.toml": "[tool.sigclock]\n"})
    folder.write_all({f"{nasty}/stats.py": STATS, f"{nasty}/fit.py": FIT})
    said = [folder.sigclock("init").stdout]
    folder.commit("locked")
    folder.sigclock("hook", "install")
    folder.write(f"{nasty}/stats.py", STATS + COUNT)
    said.append(folder.git_said("commit", "-m", "part", "--", f"{nasty}/stats.py"))
    assert [f"{nasty}/fit.py" in folder.state(), "git commit" in said[1]] == [True, True]
    assert [line for text in said for line in text.split("\n") if not line.isprintable()] == []


def test_a_patch_is_exact_in_a_pipe_and_harmless_on_a_terminal() -> None:
    assert harmless("+\ta\x1b[31m\r\n+b\n") == "+\ta\\x1b[31m\\r\n+b\n"


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, ...]] = set()
        self.links: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, *sorted(name for name, _ in attrs)))
        self.links.update(value for name, value in attrs if name in {"href", "src"})


def test_a_page_of_an_audit_has_no_markup_but_ours(project: Hostile, tmp_path: Path) -> None:
    project.sigclock("audit", "--html", str(tmp_path / "page.html"))
    page = (tmp_path / "page.html").read_text()
    parser = Tags()
    parser.feed(page)
    assert not {tag for tag, *_ in parser.found if tag in {"img", "iframe", "object"}}
    # To its own table.
    assert parser.links == {"#stale"}
    assert not {name for _, *names in parser.found for name in names if name.startswith("on")}
    assert "alert(1)</script>" not in page
    assert [c for c in page if not c.isprintable() and c != "\n"] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("dataclass stats.Stats", "dataclass \\u001b[31m"),
        ('"stats.Stats"', '"\\u001b[31m::error::"'),
        ('"path": "fit.py"', '"path": "\\u001b[31m\\n::error::"'),
        ('"path": "fit.py"', '"path": "../../../etc/passwd"'),
        ('"function": "fit"', '"function": "\\n::error::"'),
        ('"1.0"', '"\\u001b[31m\\n::error::"'),
        ('"requires": "', '"requires": "\\u001b[31m\\n::error::'),
        ('"version": 2', '"version": 99'),
        ('"revision": 2', '"revision": 99'),
        ('"fit.fit"', '"\\u001b[31m\\n::error::<script>"'),
    ],
)
def test_a_forged_lock_is_text_or_refused(
    plain: Hostile,
    tmp_path: Path,
    before: str,
    after: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    project = plain.copied(tmp_path / "project")
    lock = project.read(LOCK_NAME)
    project.write(LOCK_NAME, lock.replace(before, after))
    project.commit("forged")
    monkeypatch.chdir(project.path)
    for verb in FORGED:
        status, said = told(capsys, *verb)
        assert status in (0, 1, 2), said
        lines = [line for line in said.split("\n") if not line.startswith("::error file=")]
        assert [line for line in lines if not line.isprintable()] == [], verb
        assert [line for line in lines if line.lstrip().startswith("::")] == [], verb
    assert [path for path in project.state() if not path.isprintable()] == []
