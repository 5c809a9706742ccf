"""One line a finding, `path:line:column: level[rule] message`, for editors and `grep`."""

from __future__ import annotations

from collections.abc import Iterator

from sigclock.reports.causes import is_open
from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Finding, Report
from sigclock.verdict.judge import order
from sigclock.verdict.wording import inert

_PATH = 4096


def render(report: Report, style: Style = PLAIN, /) -> str:
    """The open findings by place; a verbose report shows standing findings too."""
    full = style.verbose > 0
    findings = [item for item in report.findings if is_open(item) or (full and not item.fixed)]
    return "".join(f"{line}\n" for line in _lines(sorted(findings, key=order)))


def _lines(findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        place = f"{inert(finding.path, _PATH)}:{finding.line}:{finding.column}"
        line = f"{place}: {finding.level.value}[{inert(finding.rule)}] {inert(finding.message)}"
        # No build server shall take a user's name at the start of a line for a command.
        yield line.replace("::", ":\\x3a", 1) if line.startswith("::") else line
