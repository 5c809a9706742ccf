"""The formats of a report: each is a module with one pure function, `render`."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from sigclock.reports.style import PLAIN, Style
from sigclock.verdict.finding import Report


class Reporter(Protocol):
    """A report as text that ends in a newline, or as the empty string."""

    def __call__(self, report: Report, style: Style = ..., /) -> str: ...


def _lazy(name: str) -> Reporter:
    """The `render` of a module that is imported at its first use, so that a hook pays for none."""
    module = f"{__name__}.{name}"

    def render(report: Report, style: Style = PLAIN, /) -> str:
        return cast("Reporter", import_module(module).render)(report, style)

    render.__module__ = module
    return render


REPORTERS: dict[str, Reporter] = {
    "text": _lazy("text"),
    "concise": _lazy("concise"),
    "json": _lazy("json"),
    "markdown": _lazy("markdown"),
    "github": _lazy("github"),
    "gitlab": _lazy("gitlab"),
    "azure": _lazy("azure"),
    "rdjson": _lazy("rdjson"),
    "sarif": _lazy("sarif"),
    "junit": _lazy("junit"),
}
