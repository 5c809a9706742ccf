"""Each way to show a report: a module with one pure function, `render`."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from sigclock.verdict.finding import Report


class Reporter(Protocol):
    """A report as text that ends in a newline, or as nothing at all."""

    def __call__(self, report: Report) -> str: ...


def _lazy(name: str) -> Reporter:
    """The `render` of a module that is imported at its first use, so that a hook pays for none."""
    module = f"{__name__}.{name}"

    def render(report: Report) -> str:
        return cast("Reporter", import_module(module).render)(report)

    render.__module__ = module
    return render


REPORTERS: dict[str, Reporter] = {
    name: _lazy(name) for name in ("text", "json", "markdown", "github", "gitlab", "sarif", "junit")
}
