"""The options that verbs share, and how a report reaches its readers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from sigclock.cli.named_files import read_named, write_named
from sigclock.errors import UsageError

if TYPE_CHECKING:
    from sigclock.project.projects import Overrides
    from sigclock.reports.style import Style
    from sigclock.verdict.finding import Level, Report

_READABLE = 100
#: Set by CI systems that show colours though they are no terminal.
_FORCED = ("FORCE_COLOR", "CLICOLOR_FORCE")
#: The terminals that take links, by what they set.
_LINKING_VARIABLES = ("DOMTERM", "KONSOLE_VERSION", "WT_SESSION")
_LINKING_PROGRAMS = ("Hyper", "WezTerm", "ghostty", "iTerm.app", "vscode", "zed")
_LINKING_TERMINALS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot")
_LINKING_VTE = 5000

T = TypeVar("T")
_Command = TypeVar("_Command", bound=Callable[..., Any])
#: Set to 0, no run uses what an earlier one kept (`incremental.store`).
STORE_SWITCH = "SIGCLOCK_CACHE"
#: The values of `--format`: `FORMAT` or `FORMAT:FILE`.
Forms = tuple[str, ...]


class _FormatOption(click.Option):
    """Builds its help only when help is shown: a hook does not import the table of formats."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        from sigclock.reports import REPORTERS  # noqa: PLC0415 - start-up

        self.help = f"{either(REPORTERS)}; may be repeated."
        return super().get_help_record(ctx)


def _known(_context: click.Context, _option: click.Parameter, forms: Forms) -> Forms:
    """Refuse an unknown format before anything is done."""
    if forms:
        from sigclock.reports import REPORTERS  # noqa: PLC0415 - start-up

        for name, _ in map(split, forms):
            if name not in REPORTERS:
                raise UsageError(
                    f"unknown format {name!r}", advice=f"choose from {', '.join(REPORTERS)}"
                )
    return forms


def _told(context: click.Context, _option: click.Parameter, verbosity: int) -> int:
    """Say at the end what was re-used."""
    if verbosity:
        context.call_on_close(_tell_reused)
    return verbosity


def _tell_reused() -> None:
    from sigclock.incremental import store  # noqa: PLC0415 - start-up

    if told := store.told():
        click.echo(told, err=True)


def without_store(command: click.Command) -> click.Command:
    """The verb with `--no-cache`, which every verb has, and those below it as well."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            without_store(inner)
    elif all(option.name != "no_cache" for option in command.params):
        option = click.Option(
            ["--no-cache"],
            is_flag=True,
            expose_value=False,
            callback=_switched_off,
            help="Use nothing of earlier runs, and keep nothing.",
        )
        command.params.append(option)
    return command


def _switched_off(context: click.Context, _option: click.Parameter, off: bool) -> None:  # noqa: FBT001 - click's
    """Switch the store off while the verb runs, in the Git hooks that it starts as well."""
    if not off:
        return
    before = os.environ.get(STORE_SWITCH)
    os.environ[STORE_SWITCH] = "0"

    def restore() -> None:
        if before is None:
            del os.environ[STORE_SWITCH]
        else:
            os.environ[STORE_SWITCH] = before

    context.call_on_close(restore)


def either(names: Iterable[str]) -> str:
    """Two or more names as in a sentence: `a, b or c`."""
    *most, last = names
    return f"{', '.join(most)} or {last}"


def split(form: str) -> tuple[str, str]:
    """The name of a format and its file; an empty path is standard output."""
    name, _, path = form.partition(":")
    return name, path


def formats(command: _Command) -> _Command:
    """The options of every verb that gives a report."""
    for option in (
        click.option(
            "--format",
            "formats",
            cls=_FormatOption,
            multiple=True,
            metavar="FORMAT[:FILE]",
            callback=_known,
        ),
        click.option(
            "--fail-on", type=click.Choice(["error", "warning"]), help="Exit 1 from this level on."
        ),
        click.option("--select", multiple=True, metavar="RULE", help="Only these rules."),
        click.option("--ignore", multiple=True, metavar="RULE", help="Not these rules."),
        click.option("-q", "--quiet", is_flag=True, help="Print findings only."),
        click.option("-v", "--verbose", count=True, help="Print more.", callback=_told),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto"),
    ):
        command = option(command)
    return command


class Places(NamedTuple):
    """Files and folders of a tree to which a report is narrowed; all of it if there are none."""

    paths: tuple[str, ...] = ()

    def have(self, path: str) -> bool:
        return not self.paths or any(
            place in {".", path} or path.startswith(f"{place}/") for place in self.paths
        )


class Settings:
    """The options that every verb shares, in the form that the commands take."""

    def __init__(self, options: dict[str, Any]) -> None:
        context = click.get_current_context()
        self.directory: str = context.obj["directory"]
        self.options = options
        #: The file that `--config` names, as it was typed.
        self.configuration: str | None = context.obj["config"]

    def places(self, paths: Sequence[str]) -> Places:
        """What the user typed, from where the command runs, as paths of the tree."""
        if not paths:
            return Places()
        from sigclock.git.repository import Repository  # noqa: PLC0415 - start-up

        root = Repository.open(self.directory).root
        if root is None:
            return Places(tuple(Path(path).as_posix() for path in paths))
        here, top = Path(self.directory).resolve(), root.resolve()
        found = []
        for path in paths:
            place = Path(os.path.normpath(here / path))
            if not place.is_relative_to(top) or not place.exists():
                raise UsageError(
                    f"{path!r} is not a file or folder of this repository",
                    advice="name a path that exists, from where the command runs",
                )
            found.append(place.relative_to(top).as_posix())
        return Places(tuple(found))

    def overrides(self) -> Overrides:
        from sigclock.project.projects import Overrides  # noqa: PLC0415 - start-up

        return Overrides(
            self._config_data(),
            self._rules("select"),
            self._rules("ignore"),
            self.options.get("fail_on"),
        )

    def _rules(self, option: str) -> tuple[str, ...] | None:
        from sigclock.project.projects import ignorable, rule_ids  # noqa: PLC0415 - start-up

        names = [name for text in self.options.get(option, ()) for name in text.split(",")]
        if not names:
            return None
        return ignorable(names) if option == "ignore" else rule_ids(names, f"--{option}")

    def _config_data(self) -> bytes | None:
        if self.configuration is None:
            return None
        return read_named(self.configuration, "give --config a file that exists")

    def show(
        self,
        report: Report,
        fail_on: Level,
        default: Sequence[str] = ("text",),
        places: Places | None = None,
    ) -> int:
        """Print in every requested format, narrowed to `places`; 1 if any finding fails."""
        from sigclock.reports import REPORTERS  # noqa: PLC0415 - start-up
        from sigclock.verdict.finding import fails  # noqa: PLC0415 - start-up

        style = self.style()
        shown = report
        if places and places.paths:
            from sigclock.verdict.narrowing import narrowed  # noqa: PLC0415 - start-up

            shown = narrowed(report, places.have)
        for name, path in map(split, self.options["formats"] or default):
            deliver(REPORTERS[name](shown, style), path)
        return int(fails(report.findings, fail_on))

    def style(self) -> Style:
        """How a report looks on this terminal."""
        from sigclock.reports.style import Style  # noqa: PLC0415 - start-up

        verbosity = -1 if self.options["quiet"] else self.options["verbose"]
        # Findings alone are for programs too: a line each.
        width, colored = columns() if verbosity >= 0 else 0, self._colored()
        return Style(colored, verbosity, width, links=colored and _takes_links())

    def _colored(self) -> bool:
        choice = self.options["color"]
        if choice != "auto":
            return bool(choice == "always")
        if any(os.environ.get(name, "0") != "0" for name in _FORCED):
            return True
        return (
            sys.stdout.isatty()
            and not os.environ.get("NO_COLOR")
            and os.environ.get("TERM") != "dumb"
        )


def _takes_links() -> bool:
    """Whether the terminal takes links; most say so in no other way than by their names."""
    forced = os.environ.get("FORCE_HYPERLINK")
    if forced is not None or not sys.stdout.isatty():
        return forced not in {None, "0"}
    vte = os.environ.get("VTE_VERSION", "0")
    return (
        any(name in os.environ for name in _LINKING_VARIABLES)
        or os.environ.get("TERM_PROGRAM") in _LINKING_PROGRAMS
        or os.environ.get("TERM", "").startswith(_LINKING_TERMINALS)
        or (vte.isdigit() and int(vte) >= _LINKING_VTE)
    )


def columns() -> int:
    """How wide a sentence may be: nobody reads long lines well, however wide the terminal."""
    return max(60, min(shutil.get_terminal_size((_READABLE, 0)).columns, _READABLE))


def say(
    text: str, *, exactly: bool = False, flows: bool = False, rows: bool = False, err: bool = False
) -> None:
    """Print lines that contain names; `exactly` leaves them as they are unless on a terminal.

    A line of a text that `flows` goes on in the next where it is long; `rows` do so on a terminal
    alone, for elsewhere programs read them.
    """
    from sigclock.verdict.wording import harmless  # noqa: PLC0415 - start-up

    shown = text if exactly and not sys.stdout.isatty() else harmless(text)
    if flows or (rows and sys.stdout.isatty()):
        from sigclock.reports.paragraph import flowing  # noqa: PLC0415 - start-up

        shown = flowing(shown, columns())
    click.echo(shown, nl=False, err=err)


def deliver(text: str, path: str) -> None:
    """Print a text, or write it to the file that the user named."""
    if path:
        write_named(path, text.encode())
    else:
        click.echo(text, nl=False, color=True)


@contextmanager
def progress(items: Sequence[T]) -> Iterator[Iterable[T]]:
    """A bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield items
        return
    with click.progressbar(items, label="history", file=sys.stderr, show_pos=True) as bar:
        yield bar
