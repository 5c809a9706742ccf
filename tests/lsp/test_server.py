"""The language server, driven by a real client: what an editor tells, shows and writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from lsprotocol.types import Diagnostic, DiagnosticSeverity, MessageActionItem
from pygls.uris import to_fs_path
from support.editor import Editor
from support.editor_picture import FIELD, shown
from support.editor_picture import FLOW as DRAWN_FLOW
from support.editor_picture import MODELS as DRAWN_MODELS
from support.projects import Project

from sigclock.cli.commands import check
from sigclock.project import accepting
from sigclock.project.projects import Overrides
from sigclock.source import LOCK_NAME

MODELS = """\
from dataclasses import dataclass

@dataclass
class Metrics:
    loss: float
"""
FLOW = """\
from flytekit import task
from models import Metrics

@task(cache=True, cache_version="1.0")
def train(rows: int) -> Metrics: ...

@task(cache=True, cache_version="2.3")
def tune(rows: int) -> list[Metrics]: ...

@task(cache=True, cache_version="1.0")
def publish(metrics: Metrics) -> None: ...
"""
FILES = {"models.py": MODELS, "flow.py": FLOW}
BIAS = "    bias: float = 0.0\n"
_FULL = os.environ.get("SIGCLOCK_FULL") == "1"


@pytest.fixture(scope="module")
def editor() -> Iterator[Editor]:
    """An editor that asks for reasons and shows places."""
    editor = Editor()
    yield editor
    editor.close()


@pytest.fixture(scope="module")
def _first(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.of(tmp_path_factory.mktemp("first") / "forecast", FILES)


@pytest.fixture
def project(_first: Project, tmp_path: Path) -> Project:
    """A repository with two modules and three cached tasks, locked and committed."""
    return _first.copied(tmp_path / "forecast")


def told(diagnostics: Iterable[Diagnostic]) -> list[tuple[int, str, str]]:
    """Line, rule and severity of each."""
    return sorted(
        (one.range.start.line + 1, str(one.code), (one.severity or DiagnosticSeverity.Hint).name)
        for one in diagnostics
    )


def opened(editor: Editor, project: Project) -> tuple[Path, Path]:
    """Models and flow, both open and judged."""
    models, flow = project.path / "models.py", project.path / "flow.py"
    editor.open(flow)
    editor.open(models)
    assert told(editor.diagnostics(flow)) == [(11, "void-cached", "Error")]
    assert told(editor.diagnostics(models)) == []
    return models, flow


def test_an_edited_class_is_told_there_and_at_its_tasks(editor: Editor, project: Project) -> None:
    models, flow = opened(editor, project)
    text = editor.texts[models.as_uri()]
    editor.type(models, text + BIAS)
    (at_class,) = editor.diagnostics(models)
    assert told([at_class]) == [(6, "stale-cache", "Warning")]
    assert at_class.message == (
        "field bias: float added to models.Metrics, with a default; 2 cached tasks return it under "
        "the version of the old outputs: flow.train and flow.tune"
    )
    related = [one.location.range.start.line + 1 for one in at_class.related_information or ()]
    assert related == [5, 8]
    stale = [(4, "stale-cache", "Warning"), (7, "stale-cache", "Warning")]
    assert told(editor.diagnostics(flow)) == [*stale, (11, "void-cached", "Error")]
    first = editor.diagnostics(flow)[0].related_information or ()
    assert [(one.location.uri, one.location.range.start.line + 1) for one in first] == [
        (models.as_uri(), 6)
    ]
    editor.save(models)
    editor.until(models, lambda found: told(found) == [(6, "stale-cache", "Error")])
    shown = {
        (file.name, one.range.start.line + 1, one.code, one.message)
        for file, found in editor.everything().items()
        if file.is_relative_to(project.path) and file != models
        for one in found
    }
    expected = check.run(str(project.path), Overrides()).report.findings
    assert shown == {(Path(f.path).name, f.line, f.rule, f.message) for f in expected}
    editor.type(models, text)
    assert told(editor.diagnostics(models)) == []


def test_half_a_line_is_judged_by_the_last_text_that_parsed(
    editor: Editor, project: Project
) -> None:
    models, flow = opened(editor, project)
    text = editor.texts[models.as_uri()]
    editor.type(models, text + BIAS)
    assert told(editor.diagnostics(models)) == [(6, "stale-cache", "Warning")]
    editor.type(models, "import (\n" + text + BIAS)
    assert told(editor.diagnostics(models)) == [(7, "stale-cache", "Warning")]
    assert "`bias`" in editor.hover(models, 7, 5) or "Metrics.bias" in editor.hover(models, 7, 5)
    editor.type(models, "import os\n" + text)
    assert told(editor.diagnostics(models)) == []
    assert told(editor.diagnostics(flow)) == [(11, "void-cached", "Error")]


def test_hover_and_lenses_say_what_the_caches_will_do(editor: Editor, project: Project) -> None:
    models, flow = opened(editor, project)
    signature = project.lock.snapshot.tasks["flow.train"].signature[:12]
    assert editor.hover(flow, 5) == (
        "**sigclock** `flow.train`\n\n"
        f"- returns `o0: models.Metrics`, signature `{signature}`\n"
        "- cache version `1.0` (pinned)\n"
        f"  - issued `1.0` for `{signature}`\n"
        "- next call: local reuses its result; so does remote"
    )
    assert editor.hover(models, 5) == (
        "**sigclock** `models.Metrics.loss`\n\n"
        "A change of its structure makes 2 versions due:\n\n"
        "- `flow.train` `cached 1.0`\n- `flow.tune` `cached 2.3`\n\n"
        "As an input, or uncached: `flow.publish`."
    )
    assert editor.hover(models, 1) == ""
    assert editor.lenses(flow) == [
        (5, "cached 1.0 · local reuses its result; so does remote"),
        (8, "cached 2.3 · local reuses its result; so does remote"),
        (11, "cached 1.0 · local reuses its result; remote never caches it"),
    ]
    editor.type(models, editor.texts[models.as_uri()] + BIAS)
    editor.diagnostics(models)
    assert editor.lenses(flow)[0] == (5, "cached 1.0 is due: bump to 1.1")


@pytest.mark.parametrize("chosen", ["Bump flow.train to 1.1", "Bump all that is due (2 tasks)"])
def test_a_bump_is_the_bytes_of_update(
    editor: Editor, project: Project, tmp_path: Path, chosen: str
) -> None:
    models, flow = opened(editor, project)
    text = editor.texts[models.as_uri()] + BIAS
    editor.type(models, text)
    editor.diagnostics(models)
    before = (flow.read_bytes(), models.read_bytes())
    editor.do(editor.actions(flow, 4)[chosen])
    assert (flow.read_bytes(), models.read_bytes()) == before
    other = project.copied(tmp_path / "other")
    (other.path / LOCK_NAME).write_bytes((project.path / LOCK_NAME).read_bytes())
    other.git("checkout", "-q", "--", LOCK_NAME)
    other.write("models.py", text)
    if "all" in chosen:
        other.update()
        assert editor.texts[flow.as_uri()] == other.read("flow.py")
        assert (project.path / LOCK_NAME).read_bytes() == (other.path / LOCK_NAME).read_bytes()
    else:
        assert editor.texts[flow.as_uri()] == flow.read_text().replace('"1.0"', '"1.1"', 1)
    editor.save(models)
    editor.save(flow)
    left = [] if "all" in chosen else [(7, "stale-cache", "Error")]
    editor.until(flow, lambda found: told(found) == [*left, (11, "void-cached", "Error")])


def test_an_accepted_change_is_the_bytes_of_accept(
    editor: Editor, project: Project, tmp_path: Path
) -> None:
    models, flow = opened(editor, project)
    text = editor.texts[models.as_uri()] + BIAS
    editor.type(models, text)
    editor.diagnostics(models)
    name = "Accept the change for flow.train and flow.tune: it means the same …"
    action = editor.actions(models, 6)[name]
    other = project.copied(tmp_path / "other")
    other.write("models.py", text)
    accepting.accept(
        str(other.path), Overrides(), ["flow.train", "flow.tune"], [], "old readers skip it"
    )
    editor.do(action, "old readers skip it")
    assert (project.path / LOCK_NAME).read_bytes() == (other.path / LOCK_NAME).read_bytes()
    editor.save(models)
    editor.until(flow, lambda found: told(found) == [(11, "void-cached", "Error")])


def test_a_waiver_has_its_reason(editor: Editor, project: Project) -> None:
    _, flow = opened(editor, project)
    editor.do(editor.actions(flow, 11)["Waive void-cached here …"], "it only  prints")
    assert editor.texts[flow.as_uri()] == flow.read_text().replace(
        '"1.0")\ndef publish', '"1.0")  # sigclock: ignore[void-cached] it only prints\ndef publish'
    )
    assert told(editor.diagnostics(flow)) == []


def test_places_are_shown(editor: Editor, project: Project) -> None:
    constant = 'VERSION = "7"\n'
    project.write("versions.py", constant)
    text = project.read("flow.py").replace('"1.0"', "VERSION", 1)
    project.write("flow.py", "from versions import VERSION\n" + text)
    project.update()
    project.commit("a constant")
    models, flow = project.path / "models.py", project.path / "flow.py"
    editor.open(flow)
    editor.open(models)
    editor.type(models, editor.texts[models.as_uri()] + BIAS)
    editor.diagnostics(models)
    editor.diagnostics(flow)
    actions = editor.actions(flow, 6)
    for title, place in [
        (
            "Open models.py:6: field bias: float added to models.Metrics, with a default",
            (models, 6),
        ),
        ("Go to the version of flow.train (versions.py:1)", (project.path / "versions.py", 1)),
    ]:
        editor.do(actions[title])
        where = editor.shown[-1]
        assert where.selection is not None
        assert (where.uri, where.selection.start.line + 1) == (place[0].as_uri(), place[1])


def test_several_projects_and_a_folder_without_git(
    editor: Editor, project: Project, tmp_path: Path
) -> None:
    table = "[tool.sigclock]\n"
    for name in ("one", "two"):
        project.write(f"{name}/pyproject.toml", table)
        project.write(f"{name}/{name}_flow.py", project.read("flow.py").replace("models", name))
        project.write(f"{name}/{name}.py", project.read("models.py"))
    (project.path / "flow.py").unlink()
    project.update()
    project.commit("two projects")
    class_ = project.path / "two/two.py"
    editor.open(class_)
    editor.type(class_, editor.texts[class_.as_uri()] + BIAS)
    assert told(editor.diagnostics(class_)) == [(6, "stale-cache", "Warning")]
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "flow.py").write_text(project.read("models.py"))
    editor.open(alone / "flow.py")
    assert editor.hover(alone / "flow.py", 5) == ""


def test_a_branch_that_changes_underneath_is_noticed(editor: Editor, project: Project) -> None:
    project.git("checkout", "-q", "-b", "other")
    project.write("models.py", project.read("models.py") + "    step: int = 0\n")
    project.update()
    project.commit("another field")
    project.git("checkout", "-q", "main")
    models, flow = opened(editor, project)
    editor.close_file(models)
    project.git("checkout", "-q", "other")
    # The editor still shows what it had, which is a change to that branch.
    editor.until(flow, lambda found: (4, "version-reused", "Warning") in told(found))
    editor.close_file(flow)
    editor.open(flow)
    editor.until(flow, lambda found: told(found) == [(11, "void-cached", "Error")])


#: What somebody may type, paste or generate, and no interpreter takes.
HOSTILE = (
    "\x00\x00",
    "\ud800 = 1\n",
    "(" * 5_000,
    "x = " + "-" * 20_000 + "1\n",
    "# coding: nonsense\nx = 1\n",
    "\ufeff\ufeffclass A:\r\n\tx: int\r  y = 1\x0c\u2028\n",
    "@task(cache=True, cache_version='1.0'\n" * 50,
    "",
)


def test_no_buffer_ends_the_server(editor: Editor, project: Project) -> None:
    models, _ = opened(editor, project)
    before = editor.texts[models.as_uri()]
    for text in HOSTILE:
        editor.type(models, text)
        editor.diagnostics(models)
        editor.type(models, before + BIAS)
        assert told(editor.diagnostics(models)) == [(6, "stale-cache", "Warning")]


def test_a_keystroke_writes_nothing(editor: Editor, project: Project) -> None:
    models, _ = opened(editor, project)
    editor.type(models, editor.texts[models.as_uri()] + BIAS)
    editor.diagnostics(models)
    before = _contents(project.path)
    for number in range(3):
        editor.type(models, editor.texts[models.as_uri()] + f"    part{number}: int = 0\n")
        editor.diagnostics(models)
    assert _contents(project.path) == before


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_client_that_cannot_ask_offers_reasons(project: Project) -> None:
    editor = Editor(project.path, asks=False)
    models, _ = opened(editor, project)
    editor.type(models, editor.texts[models.as_uri()] + BIAS)
    editor.diagnostics(models)
    editor.answer = lambda params: (params.actions or [MessageActionItem("")])[0]
    name = "Accept the change for flow.train and flow.tune: it means the same …"
    editor.do(editor.actions(models, 6)[name])
    reason = "old and new values read the same"
    assert reason.encode() in (project.path / LOCK_NAME).read_bytes()
    assert selected(editor) == (LOCK_NAME, reason)
    flow = project.path / "flow.py"
    editor.diagnostics(flow)
    editor.do(editor.actions(flow, 11)["Waive void-cached here …"])
    assert "  # sigclock: ignore[void-cached]\n" in editor.texts[flow.as_uri()]
    assert selected(editor) == ("flow.py", "ignore[void-cached]")
    editor.close()


def selected(editor: Editor) -> tuple[str, str]:
    """The file that was shown last, and what is selected there."""
    shown = editor.shown[-1]
    where = shown.selection
    assert where is not None
    file = Path(to_fs_path(shown.uri) or "")
    text = editor.texts.get(shown.uri) or file.read_text()
    line = text.split("\n")[where.start.line]
    return file.name, line[where.start.character : where.end.character]


@pytest.mark.skipif(not _FULL, reason="2,000 edits; SIGCLOCK_FULL=1 makes them")
def test_memory_stays_flat(editor: Editor, project: Project) -> None:
    models, _ = opened(editor, project)
    text = editor.texts[models.as_uri()]
    sizes: list[int] = []
    for number in range(2_000):
        editor.type(models, f"{text}    part{number % 7}: int = {number}\n")
        editor.diagnostics(models)
        if number in {500, 1_999}:
            sizes.append(editor.memory())
    assert sizes[1] < sizes[0] * 1.05


def test_the_picture_says_what_the_server_says(editor: Editor, project: Project) -> None:
    project.write("models.py", DRAWN_MODELS)
    project.write("flow.py", DRAWN_FLOW)
    project.update()
    project.commit("as in the picture")
    models, flow = project.path / "models.py", project.path / "flow.py"
    editor.open(models)
    editor.open(flow)
    editor.type(models, DRAWN_MODELS + FIELD)
    told = [*editor.diagnostics(models), *editor.diagnostics(flow)]
    words = shown()
    assert [one.message for one in told if one.message[:70] not in words] == []
    assert [title for _, title in editor.lenses(flow) if title not in words] == []
