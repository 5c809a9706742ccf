"""JUnit XML: a test case for each cached task, and one for each finding that has no task."""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree as ET

from sigclock.reports.causes import is_open
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Level, Report
from sigclock.verdict.wording import inert


def render(report: Report, _style: Style = PLAIN, /) -> str:
    """One suite; errors fail their case, warnings and notes are its output."""
    findings_by_task: dict[str | None, list[Finding]] = defaultdict(list)
    for finding in filter(is_open, report.findings):
        findings_by_task[finding.task].append(finding)
    suite = ET.Element("testsuite", name="sigclock")
    for task in report.tasks:
        findings = findings_by_task.pop(task.name, [])
        if findings or (task.cached and task.status != "removed"):
            _case(suite, task.name, task.path, findings)
    for findings in findings_by_task.values():
        for finding in findings:
            _case(suite, f"{finding.rule}: {finding.task or finding.line}", finding.path, [finding])
    return _document(suite)


def _case(suite: ET.Element, name: str, path: str, findings: list[Finding]) -> None:
    case = ET.SubElement(suite, "testcase", name=inert(name), classname=inert(path))
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    others = [finding for finding in findings if finding.level is not Level.ERROR]
    if errors:
        rules = ", ".join(dict.fromkeys(inert(finding.rule) for finding in errors))
        message = inert(errors[0].message, 1000)
        failure = ET.SubElement(case, "failure", message=message, type=rules)
        failure.text = "\n".join(map(_line, errors))
    if others:
        ET.SubElement(case, "system-out").text = "\n".join(map(_line, others))


def _line(finding: Finding) -> str:
    place = f"{inert(finding.path, 4096)}:{finding.line}:{finding.column}"
    return f"{place}: {finding.level.value}[{inert(finding.rule)}] {inert(finding.message, 1000)}"


def _document(suite: ET.Element) -> str:
    counts = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "errors": 0,
        "skipped": 0,
    }
    suite.attrib.update({key: str(number) for key, number in counts.items()})
    suites = ET.Element("testsuites", name="sigclock")
    suites.append(suite)
    ET.indent(suites)
    body = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
