"""Reports written by hand, one for each thing that a reporter has to show.

`python tests/reports/report_samples.py` writes anew what each reporter says of them.
"""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from sigclock.interface.change import Change, ChangeKind
from sigclock.interface.snapshot import CacheKind, Sdk
from sigclock.reports import REPORTERS
from sigclock.source import Location
from sigclock.verdict.finding import (
    Bump,
    Finding,
    Level,
    Outcome,
    Prediction,
    Report,
    Summary,
    TaskReport,
    Tool,
    VersionPair,
)

TOOL = Tool("sigclock", "0.1.0")
HIT = Prediction(Outcome.HIT, Outcome.HIT)
SILENT = Prediction(Outcome.STALE, Outcome.MISS, "silent")
RAISES = Prediction(Outcome.STALE, Outcome.STALE, "raises", "Flyte pickles it")

COUNT_ADDED = Change(
    ChangeKind.FIELD_ADDED,
    "outputs.o0.stats[].count",
    None,
    "int",
    Location("src/models.py", 12, 5),
    "pipeline.models.Stats",
    default=True,
)
RETYPED = Change(
    ChangeKind.RETYPED,
    "outputs.o0",
    "dict[str, int]",
    "float | None",
    Location("src/score.py", 30, 31),
)


def task(name: str, path: str = "src/fit.py", line: int = 8, version: str = "1.0") -> TaskReport:
    return TaskReport(
        name=name,
        path=path,
        line=line,
        sdk=Sdk.FLYTEKIT,
        status="unchanged",
        cached=True,
        void=False,
        cache_version=VersionPair(version, version, CacheKind.PINNED),
        outputs_changed=False,
        inputs_changed=False,
        previous_name=None,
        changes=(),
        prediction=HIT,
    )


def changed(before: TaskReport, change: Change, prediction: Prediction = SILENT) -> TaskReport:
    return msgspec.structs.replace(
        before,
        status="changed",
        outputs_changed=True,
        changes=(*before.changes, change),
        prediction=prediction,
    )


def bumped(before: TaskReport, version: str) -> TaskReport:
    pair = msgspec.structs.replace(before.cache_version, current=version)
    return msgspec.structs.replace(before, cache_version=pair, next_version=version)


def finding(rule: str, level: Level, name: str | None, at: str, message: str) -> Finding:
    path, line, *column = at.split(":")
    addition = "" if rule == "stale-cache" else None
    return Finding(
        rule,
        level,
        name,
        path,
        int(line),
        message,
        f"{rule}/{name or path}",
        column=int(column[0]) if column else 1,
        addition=addition,
    )


def report(
    *tasks: TaskReport,
    findings: tuple[Finding, ...] = (),
    bumps: tuple[Bump, ...] = (),
    notes: tuple[str, ...] = (),
    written: tuple[str, ...] = (),
    baseline: str = "lock",
) -> Report:
    counts = [sum(item.level is level for item in findings) for level in Level]
    present = [item for item in tasks if item.status != "removed"]
    cached = sum(item.cached for item in present)
    summary = Summary(len(present), cached, counts[0], counts[1], 0)
    return Report(2, TOOL, baseline, "worktree", tasks, findings, summary, bumps, notes, written)


def quiet() -> Report:
    """Nothing to say."""
    return report(*(task(f"pipeline.t{number}") for number in range(12)))


def fixed() -> Report:
    """What `update` mended: a class that reaches two tasks, one of them by a shared constant."""
    fit = bumped(changed(task("pipeline.fit"), COUNT_ADDED), "1.1")
    score = bumped(changed(task("pipeline.score", "src/score.py", 30, "2"), COUNT_ADDED), "3")
    load = bumped(task("pipeline.load", "src/score.py", 44, "2"), "3")
    stale = finding(
        "stale-cache", Level.ERROR, "pipeline.fit", "src/fit.py:8:42", "count: int was added"
    )
    shared = finding(
        "shared-version",
        Level.WARNING,
        "pipeline.load",
        "src/score.py:5",
        "pipeline.load recomputes as well: it shares VERSION with pipeline.score",
    )
    return report(
        fit,
        score,
        load,
        task("pipeline.clean"),
        findings=(msgspec.structs.replace(stale, fixed=True), shared),
        bumps=(
            Bump("src/fit.py", 7, "decorator", "1.0", "1.1", ("pipeline.fit",)),
            Bump(
                "src/score.py", 5, "constant VERSION", "2", "3", ("pipeline.load", "pipeline.score")
            ),
        ),
        written=("src/fit.py", "src/score.py", ".sigclock.lock"),
    )


def many(number: int = 200) -> Report:
    """One class that reaches many tasks, each with a literal of its own, seen by `check`."""
    tasks = [
        changed(task(f"p.t{index:03}", "src/many.py", index), COUNT_ADDED)
        for index in range(1, number + 1)
    ]
    return report(
        *(msgspec.structs.replace(item, next_version="1.1") for item in tasks),
        findings=tuple(
            finding(
                "stale-cache",
                Level.ERROR,
                item.name,
                f"src/many.py:{item.line}",
                f"{item.name} returns another shape under version 1.0",
            )
            for item in tasks
        ),
        bumps=tuple(
            Bump("src/many.py", item.line, "decorator", "1.0", "1.1", (item.name,))
            for item in tasks
        ),
    )


def mixed() -> Report:
    """A review between two commits: own change, void, computed, added, removed, moved, standing."""
    score = changed(task("pipeline.score", "src/score.py", 30), RETYPED, RAISES)
    computed = VersionPair("f'{MAJOR}.0'", "f'{MAJOR}.0'", CacheKind.COMPUTED)
    score = msgspec.structs.replace(score, cache_version=computed)
    publish = msgspec.structs.replace(task("pipeline.publish", "src/publish.py", 4), void=True)
    plain = msgspec.structs.replace(
        changed(task("pipeline.plain", "src/plain.py", 9), COUNT_ADDED),
        cached=False,
        cache_version=VersionPair(None, None, CacheKind.DISABLED),
        prediction=Prediction(Outcome.NEVER, Outcome.NEVER),
    )
    old = finding(
        "opaque-output", Level.WARNING, "pipeline.fit", "src/fit.py:3", "Model is pickled"
    )
    return report(
        msgspec.structs.replace(task("pipeline.new"), status="added"),
        msgspec.structs.replace(task("pipeline.old"), status="removed"),
        msgspec.structs.replace(
            task("pipeline.here"), status="moved", previous_name="pipeline.there"
        ),
        plain,
        publish,
        score,
        findings=(
            msgspec.structs.replace(old, new=False),
            finding(
                "version-not-literal",
                Level.ERROR,
                "pipeline.score",
                "src/score.py:29:33",
                "the version is an f-string, and a bump is due",
            ),
            finding(
                "void-cached",
                Level.ERROR,
                "pipeline.publish",
                "src/publish.py:4:31",
                "cached, and declared -> None",
            ),
            finding("unreadable-source", Level.ERROR, None, "src/bad.py:2:9", "invalid syntax"),
            finding(
                "remote-only-miss", Level.INFO, "pipeline.here", "src/fit.py:8", "union reordered"
            ),
        ),
        notes=("the clone is shallow: history before 1a2b3c4 was not seen",),
        baseline="1" * 40,
    )


def hostile(text: str) -> Report:
    """Every place that a user's file can fill holds `text`."""
    change = Change(
        ChangeKind.RETYPED, f"outputs.{text}", text, text, Location(text, 1), text, default=True
    )
    base = msgspec.structs.replace(
        changed(task(text, text), change),
        previous_name=text,
        void=True,
        cache_version=VersionPair(text, text, CacheKind.COMPUTED),
    )
    prediction = msgspec.structs.replace(SILENT, reason=text)
    return report(
        msgspec.structs.replace(base, prediction=prediction),
        msgspec.structs.replace(task(text + "2", text), status="added", void=True),
        findings=(
            Finding("stale-cache", Level.ERROR, text, text, 1, text, text),
            Finding("void-cached", Level.ERROR, text + "2", text, 1, text, text),
            Finding("unreadable-source", Level.WARNING, None, text, 1, text, text),
        ),
        bumps=(Bump(text, 1, text, text, text, (text, text + "3")),),
        notes=(text,),
        written=(text,),
        baseline=text,
    )


SAMPLES = {"quiet": quiet(), "fixed": fixed(), "many": many(), "mixed": mixed()}
FOR_PEOPLE = {"text", "markdown", "github"}
WRITTEN_FOR = {
    "quiet": {*REPORTERS} - {"sarif", "json"},
    "fixed": {*REPORTERS} - {"sarif"},
    "many": FOR_PEOPLE,
    "mixed": {*REPORTERS},
}
EXPECTED = {
    (sample, reporter): Path(__file__).parent / "expected" / f"{sample}.{reporter}"
    for sample in SAMPLES
    for reporter in REPORTERS
    if reporter in WRITTEN_FOR[sample]
}


def shown(sample: str, reporter: str) -> str:
    """What a reporter says of a sample; SARIF without the table of rules."""
    said = REPORTERS[reporter](SAMPLES[sample])
    if reporter != "sarif":
        return said
    log = json.loads(said)
    del log["runs"][0]["tool"]["driver"]["rules"]
    return json.dumps(log, indent=2) + "\n"


if __name__ == "__main__":
    for (sample, reporter), path in EXPECTED.items():
        path.write_text(shown(sample, reporter), encoding="utf-8")
