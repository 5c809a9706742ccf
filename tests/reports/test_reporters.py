"""Whole outputs of every reporter, and the promises that hold for any report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import xmlschema
from msgspec.structs import replace
from report_samples import (
    COUNT_ADDED,
    EXPECTED,
    FOR_PEOPLE,
    RETYPED,
    SAMPLES,
    changed,
    finding,
    fixed,
    many,
    quiet,
    report,
    shown,
    task,
)

from sigclock.reports import REPORTERS, markdown, text
from sigclock.reports.json import schema
from sigclock.reports.style import Style
from sigclock.verdict.finding import Level, Report
from sigclock.verdict.rules import RULES

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize(("sample", "reporter"), EXPECTED, ids=" as ".join)
def test_the_whole_output(sample: str, reporter: str) -> None:
    expected = EXPECTED[sample, reporter].read_text(encoding="utf-8")
    assert shown(sample, reporter) == expected


@pytest.mark.parametrize("reporter", sorted(FOR_PEOPLE))
def test_a_class_that_reaches_many_tasks_is_one_story(reporter: str) -> None:
    told = REPORTERS[reporter](many())
    assert len(told.splitlines()) < 25
    assert told.count("pipeline.models.Stats") <= 1


def test_without_a_cached_task_that_is_said() -> None:
    plain = msgspec.structs.replace(task("pipeline.fit"), cached=False)
    assert text.render(report(plain)) == "1 task, none of them cached.\n"


def test_colour_adds_only_escapes() -> None:
    colored = text.render(fixed(), Style(color=True))
    assert "\x1b[1;33mwarning\x1b[0m" in colored
    for code in ("0", "1", "1;32", "1;33"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == text.render(fixed())


def test_a_rule_is_a_link_to_its_section() -> None:
    linked = text.render(fixed(), Style(links=True))
    address, shown = re.findall("\x1b]8;;([^\x1b]*)\x1b\\\\([^\x1b]*)\x1b]8;;\x1b\\\\", linked)[0]
    assert (address.endswith("docs/reference/rules.md#shared-version"), shown) == (
        True,
        "shared-version",
    )
    assert re.sub("\x1b]8;;[^\x1b]*\x1b\\\\", "", linked) == text.render(fixed())


def test_quiet_shows_findings_only() -> None:
    assert text.render(quiet(), Style(verbose=-1)) == ""
    assert text.render(fixed(), Style(verbose=-1)) == (
        "src/score.py:5:1: warning[shared-version] pipeline.load recomputes as well: "
        "it shares VERSION with pipeline.score\n"
    )


def test_a_version_that_is_due_is_shown_without_a_bump() -> None:
    due = msgspec.structs.replace(changed(task("p.fit"), RETYPED), next_version="1.1")
    assert text.render(report(due)).splitlines()[:3] == [
        "src/score.py:30:31: output o0 retyped: dict[str, int] → float | None",
        "  until the version moves, local serves the old object silently; remote recomputes:",
        "    p.fit  src/fit.py:8  1.0, due 1.1",
    ]


def test_verbose_shows_every_row() -> None:
    told = text.render(many(), Style(verbose=1))
    assert (told.count("error[stale-cache]"), told.count("src/many.py:")) == (1, 200)
    assert "more" not in told


def test_a_terminal_is_given_lines_of_its_width() -> None:
    told = text.render(SAMPLES["mixed"], Style(width=60))
    assert max(map(len, told.splitlines())) <= 60
    assert " ".join(told.split()) == " ".join(text.render(SAMPLES["mixed"]).split())


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_json_fulfils_its_schema(sample: Report) -> None:
    described = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(described)
    jsonschema.validate(json.loads(REPORTERS["json"](sample)), described)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_json_reads_back_as_the_report(sample: Report) -> None:
    read = msgspec.json.decode(REPORTERS["json"](sample), type=Report)
    assert sorted(read.tasks, key=_name) == sorted(sample.tasks, key=_name)
    assert set(read.findings) == {replace(item, addition=None) for item in sample.findings}


def _name(task: Any) -> str:
    return str(task.name)


@pytest.mark.parametrize("limit", [1000, 2000, 3000, 5000])
def test_a_long_comment_is_cut_at_a_row_and_says_so(limit: int) -> None:
    whole = markdown.body(many(200))
    cut = markdown.body(many(200), limit)
    assert len(cut) <= limit
    assert set(cut.splitlines()) - set(whole.splitlines()) <= {
        "Left out for length: 1 detail line. `sigclock diff` shows all.",
        "Left out for length: 2 detail lines. `sigclock diff` shows all.",
    }


def test_a_comment_within_the_limit_is_left_alone() -> None:
    assert markdown.body(fixed(), 60_000) == markdown.body(fixed())


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_sarif_fulfils_the_official_schema(sample: Report) -> None:
    described = json.loads((DATA / "sarif-2.1.0.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(
        json.loads(REPORTERS["sarif"](sample)), described, cls=jsonschema.Draft4Validator
    )


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_junit_fulfils_the_usual_schema(sample: Report) -> None:
    xmlschema.XMLSchema(DATA / "junit-10.xsd").validate(REPORTERS["junit"](sample))


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_rdjson_fulfils_its_schema(sample: Report) -> None:
    described = json.loads((DATA / "rdformat.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(REPORTERS["rdjson"](sample)), described)


#: What Azure's agent takes for a command, and the names that this one may have.
COMMAND = re.compile(r"##vso\[task\.logissue ((?:[a-z]+=[^;\]]*;)+)\](.+)")
PROPERTIES = ["type", "sourcepath", "linenumber", "columnnumber", "code"]


def test_azure_is_told_places_as_its_agent_reads_them() -> None:
    bad = finding("void-cached", Level.ERROR, "p.fit", "src/a;b].py:8", "100% void")
    more = finding("opaque-output", Level.INFO, "p.fit", "src/a.py:8", "pickled")
    command, rest = REPORTERS["azure"](report(findings=(bad, more))).splitlines()
    match = COMMAND.fullmatch(command)
    assert match is not None
    pairs = dict(part.split("=") for part in match[1].split(";")[:-1])
    assert [*pairs] == PROPERTIES
    assert pairs == {
        "type": "error",
        "sourcepath": "src/a%3Bb%5D.py",
        "linenumber": "8",
        "columnnumber": "1",
        "code": "void-cached",
    }
    assert (match[2], rest) == ("100%AZP25 void", "sigclock: not shown as issues: 1 notice.")


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_azure_is_told_commands_only(sample: Report) -> None:
    lines = REPORTERS["azure"](sample).splitlines()
    commands = [line for line in lines if COMMAND.fullmatch(line)]
    assert [line for line in lines if not line.startswith("sigclock: ")] == commands


def test_github_shows_no_more_annotations_than_it_may_and_says_so() -> None:
    findings = tuple(
        finding("unreadable-source", level, None, f"src/{level.value}{number}.py:1", "bad")
        for level in Level
        for number in range(12)
    )
    lines = REPORTERS["github"](report(findings=findings)).splitlines()
    assert [line.split()[0] for line in lines] == (
        ["::error"] * 10 + ["::warning"] * 10 + ["::notice"] * 10
    )
    assert lines[-1].endswith("Not shown as annotations: 2 errors, 2 warnings, 3 notices.")


def test_gitlab_fingerprints_are_unique() -> None:
    twin = finding("void-cached", Level.ERROR, "pipeline.fit", "src/fit.py:8", "void")
    issues = json.loads(REPORTERS["gitlab"](report(findings=(twin, twin))))
    assert [issue["fingerprint"] for issue in issues] == [
        "void-cached/pipeline.fit",
        "void-cached/pipeline.fit-1",
    ]


def test_a_message_keeps_its_quotes_as_code() -> None:
    said = (
        "p.fit: field `count: int | None` added to m.Stats (`a|b`), see `sigclock rules`; 3 more."
    )
    void = finding("void-cached", Level.ERROR, "p.fit", "src/fit.py:8", said)
    row = markdown.body(report(findings=(void,))).splitlines()[-1]
    assert row == (
        "- ❌ `void-cached` at `src/fit.py:8`: `p.fit`: field `count: int | None` added to "
        "`m.Stats` (`a|b`), see `sigclock rules`; 3 more."
    )


def test_an_accepted_change_is_no_stale_cache() -> None:
    known = msgspec.structs.replace(
        changed(task("p.fit"), COUNT_ADDED), accepted="old rows have a count of 0 | x"
    )
    lines = markdown.body(report(known, baseline="1" * 40)).splitlines()
    assert (lines[0], lines[4]) == (
        "✅ **sigclock: no cache goes stale, 1 of 1 recomputes**.",
        (
            "| `p.fit` | `Stats` + `count: int` | `1.0`, accepted: old rows have a count of 0 "
            "`\\|` x | serves the old object silently | recomputes |"
        ),
    )


def test_sarif_has_the_whole_rule_table() -> None:
    driver = json.loads(REPORTERS["sarif"](SAMPLES["quiet"]))["runs"][0]["tool"]["driver"]
    assert [(rule["id"], rule["help"]["text"]) for rule in driver["rules"]] == [
        (rule.id, rule.help) for rule in RULES.values()
    ]
