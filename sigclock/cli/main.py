"""The command line: a short function a verb, which hands plain arguments to its command."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from sigclock import __version__
from sigclock.cli.error_handler import guarded, read_names_as_utf8, refuse
from sigclock.cli.options import Settings, conversation, deliver, formats, progress, say, write
from sigclock.errors import UsageError


def main(argv: Sequence[str] | None = None) -> None:
    """Run, and end with the status that the contract gives: 0, 1, 2, 3 or 130."""
    if argv is None:
        read_names_as_utf8()
    # A million syntax nodes, hardly any in a cycle: at its usual pace, the collector would look
    # through them again and again, and take as long as all the rest.
    gc.set_threshold(1_000_000, 50, 100)
    arguments = None if argv is None else list(argv)
    # Click returns what the verb returned, for it does not exit by itself here.
    sys.exit(guarded(lambda: cli.main(arguments, prog_name="sigclock", standalone_mode=False)))


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sigclock")
@click.option("-C", "directory", default=".", metavar="DIR", help="Run as if started in DIR.")
@click.option(
    "--config", metavar="FILE", help="Read [tool.sigclock] from FILE for the whole repository."
)
@click.pass_context
def cli(context: click.Context, directory: str, config: str | None) -> None:
    """A cache_version names one output signature: the signature lockfile for Flyte tasks."""
    if not Path(directory).is_dir():
        raise UsageError(
            f"{directory!r} is no directory", advice="give the -C option a directory that exists"
        )
    context.obj = {"directory": directory, "config": config}


@cli.command()
@formats
@click.option(
    "--check",
    "check_only",
    is_flag=True,
    help="Write nothing; exit 1 if something would be written.",
)
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; print the patch.")
@click.option("--no-bump", is_flag=True, help="Lock only what needs no bump.")
@click.option("--stage", is_flag=True, help="Make the same edits in what is staged.")
def update(
    *,
    check_only: bool,
    show_diff: bool,
    no_bump: bool,
    stage: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Bump every due cache_version, rewrite the lock, report the rest."""
    from sigclock.cli.commands import update as command  # noqa: PLC0415 - start-up

    settings = Settings(options)
    dry = check_only or show_diff
    result = command.run(
        settings.directory, settings.overrides(), write=not dry, bump=not no_bump, stage=stage
    )
    if show_diff:
        say(result.patch, exactly=True)
        return int(check_only and bool(result.changes))
    status = settings.show(result.report, result.fail_on)
    return max(status, int(check_only and bool(result.changes)))


@cli.command()
@formats
@click.option("--against", metavar="REF", help="Fail only on findings that are new since REF.")
@click.option("--merged-with", metavar="REF", help="Check what merging REF into HEAD would give.")
def check(
    *,
    against: str | None,
    merged_with: str | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Say whether the lock is current and nothing is found; never write."""
    from sigclock.cli.commands import check as command  # noqa: PLC0415 - start-up

    settings = Settings(options)
    result = command.run(
        settings.directory, settings.overrides(), against=against, merged_with=merged_with
    )
    return settings.show(result.report, result.fail_on)


@cli.command()
@formats
@click.argument("base", required=False)
@click.argument("current", required=False)
@click.option("--staged", is_flag=True, help="Compare with what is staged.")
def diff(*, base: str | None, current: str | None, staged: bool, **options: Any) -> int:  # noqa: ANN401
    """Show how signatures differ between two trees (default: HEAD and the work tree)."""
    from sigclock.cli.commands import diff as command  # noqa: PLC0415 - start-up
    from sigclock.verdict.finding import Level  # noqa: PLC0415 - start-up

    if staged and current is not None:
        raise UsageError("--staged and CURRENT name two different trees", advice="give one of them")
    settings = Settings(options)
    report = command.run(settings.directory, settings.overrides(), base, current, staged=staged)
    return settings.show(report, Level.ERROR)


@cli.command()
@formats
@conversation
def comment(
    *,
    dry_run: bool,
    output: str | None,
    source: str | None,
    require_post: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Keep one comment on a pull request current: what goes stale, recomputes, was bumped.

    Base, head and pull request come from GitHub Actions, GitLab CI or the options; the token from
    GITHUB_TOKEN or GITLAB_TOKEN. Only this command uses the network.
    """
    from sigclock.cli.commands import comment as command  # noqa: PLC0415 - start-up
    from sigclock.forges.comment import ForgeError  # noqa: PLC0415 - start-up

    settings = Settings(options)
    named = command.Options(**{name: options[name] for name in command.Options.__struct_fields__})
    if source:
        draft = command.unpack(source, named, os.environ)
    else:
        draft = command.prepare(settings.directory, settings.overrides(), named, os.environ)
    status = 0 if source else settings.show(draft.report, draft.fail_on, default=())
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        write(summary, draft.summary.encode(), "ab")
    if output:
        write(output, draft.parcel)
    if dry_run:
        click.echo(draft.body, nl=False)
    if dry_run or output:
        return status
    try:
        told = command.tell(command.post(draft, os.environ))
    except ForgeError as error:
        refused = refuse(error)
        return refused if require_post or source else status
    for line in told:
        say(f"sigclock: {line}\n", err=True)
    return status


@cli.command()
@click.argument("subject", metavar="TASK|RULE")
def explain(*, subject: str) -> None:
    """Explain a task (signature, cache, versions, prediction) or a rule."""
    from sigclock.cli.commands import explain as command  # noqa: PLC0415 - start-up

    settings = Settings({})
    say(command.run(settings.directory, subject, settings.overrides()))


@cli.command()
@click.argument("tasks", metavar="TASK...", nargs=-1)
@click.option(
    "--definition", "definitions", multiple=True, metavar="CLASS", help="All tasks it reaches."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why no stored value is wrong.")
def accept(*, tasks: tuple[str, ...], definitions: tuple[str, ...], reason: str) -> None:
    """Declare that a changed signature means the same to the cache: no bump."""
    from sigclock.cli.commands import accept as command  # noqa: PLC0415 - start-up

    settings = Settings({})
    text = command.run(settings.directory, settings.overrides(), tasks, definitions, reason)
    say(text)


@cli.command()
@click.argument("range_", metavar="[RANGE]", required=False)
@click.option("--first-parent", is_flag=True, help="Of a merge, follow the first parent only.")
@click.option("--all", "everything", is_flag=True, help="What has ended counts too.")
@click.option(
    "--format", "formats", multiple=True, metavar="F[:FILE]", help="text, json, markdown."
)
@click.option("--html", metavar="FILE", help="Write a picture of all versions over time.")
def audit(
    *,
    range_: str | None,
    first_parent: bool,
    everything: bool,
    formats: tuple[str, ...],
    html: str | None,
) -> int:
    """Find every cache_version that served two signatures, in the history of any repository."""
    from sigclock.audit import formats as audit_reports  # noqa: PLC0415 - start-up
    from sigclock.audit import html as picture  # noqa: PLC0415 - start-up
    from sigclock.cli.commands import audit as command  # noqa: PLC0415 - start-up

    settings = Settings({})
    overrides = settings.overrides()
    result = command.run(
        settings.directory, overrides, range_, first_parent=first_parent, watch=progress
    )
    shown = {
        "text": lambda: audit_reports.as_text(result.audit, full=everything),
        "json": lambda: audit_reports.as_json(result.audit),
        "markdown": lambda: audit_reports.as_markdown(result.audit),
    }
    for form in formats or ("text",):
        name, _, path = form.partition(":")
        if name not in shown:
            raise UsageError(
                f"there is no format {name!r} of an audit", advice=f"use {', '.join(shown)}"
            )
        deliver(shown[name](), path)
    if html is not None:
        deliver(picture.page(result.audit, result.stretches, result.moments), html)
    summary = result.audit.summary
    return int(bool(summary.breaches if everything else summary.live))


@cli.command()
@click.argument("task")
@click.argument("range_", metavar="[RANGE]", required=False)
@click.option("--first-parent", is_flag=True, help="Of a merge, follow the first parent only.")
def log(*, task: str, range_: str | None, first_parent: bool) -> None:
    """Show the versions of one task through history."""
    from sigclock.cli.commands import log as command  # noqa: PLC0415 - start-up

    settings = Settings({})
    text = command.run(
        settings.directory,
        settings.overrides(),
        task,
        range_,
        progress,
        first_parent=first_parent,
    )
    say(text)


@cli.command("merge-driver")
@click.argument("base")
@click.argument("ours")
@click.argument("theirs")
@click.argument("path", default=".sigclock.lock")
def merge_driver(*, base: str, ours: str, theirs: str, path: str) -> int:
    """Merge two locks for Git: %O %A %B %P (`sigclock init --merge-driver`)."""
    from sigclock.cli.commands import merge_driver as command  # noqa: PLC0415 - start-up

    result = command.run(base, ours, theirs, path)
    for line in result.told:
        say(f"sigclock: {line}\n", err=True)
    if not result.clean:
        click.echo("  run `sigclock update --stage`, then commit the merge", err=True)
    return int(not result.clean)


@cli.command()
@click.argument("file")
def textconv(*, file: str) -> None:
    """Print a lock as text for `git diff` (`sigclock init --diff-driver`)."""
    from sigclock.cli.commands import textconv as command  # noqa: PLC0415 - start-up

    click.echo(command.run(file), nl=False)


@cli.command()
def rules() -> None:
    """List the rules."""
    from sigclock.cli.commands import rules as command  # noqa: PLC0415 - start-up

    click.echo(command.run(), nl=False)


@cli.command()
@click.option("--hook", is_flag=True, help="Install Git's hooks, as `sigclock hook install` does.")
@click.option("--merge-driver", is_flag=True, help="Have Git merge locks by meaning.")
@click.option("--diff-driver", is_flag=True, help="Have `git diff` show locks as short text.")
def init(**asked: bool) -> None:
    """Set a project up: configuration and lock. Safe to repeat."""
    from sigclock.cli.commands import init as command  # noqa: PLC0415 - start-up

    settings = Settings({})
    say(command.run(settings.directory, settings.overrides(), **asked))


@cli.group()
def hook() -> None:
    """Git's own hooks: bump what a commit makes due, in the commit itself."""


@hook.command("install")
def hook_install() -> None:
    """Put pre-commit and pre-merge-commit in place; a hook that is there runs first."""
    from sigclock.cli.commands import hook as command  # noqa: PLC0415 - start-up

    say(command.install(Settings({}).directory))


@hook.command("uninstall")
def hook_uninstall() -> None:
    """Take them away and put back what was there before."""
    from sigclock.cli.commands import hook as command  # noqa: PLC0415 - start-up

    say(command.uninstall(Settings({}).directory))


@hook.command("status")
def hook_status() -> None:
    """Say which hooks are in place."""
    from sigclock.cli.commands import hook as command  # noqa: PLC0415 - start-up

    say(command.status(Settings({}).directory))


@hook.command("run")
@formats
@click.option("--merge", is_flag=True, help="In a pre-merge-commit hook.")
@click.option("--on-files", is_flag=True, help="Mend tracked files on disk and stage nothing.")
@click.option("--check", "check_only", is_flag=True, help="With --on-files: write nothing.")
def hook_run(
    *,
    merge: bool,
    on_files: bool,
    check_only: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Judge the commit that is being made; for hooks of your own (SIGCLOCK=0 skips it)."""
    from sigclock.git import staging  # noqa: PLC0415 - start-up

    settings = Settings(options)
    if os.environ.get("SIGCLOCK") == "0":
        return 0
    if not (on_files or check_only) and staging.is_nothing_to_do(settings.directory):
        return 0
    from sigclock.cli.commands import hook as command  # noqa: PLC0415 - only where it is needed

    place, overrides, brief = settings.directory, settings.overrides(), not options["formats"]
    if on_files or check_only:
        run = command.run_on_files
        result = run(place, overrides, os.environ, write=not check_only, brief=brief)
    else:
        result = command.run(place, overrides, merge=merge, brief=brief)
    if result is None:
        return 0
    status = 0 if result.silent else settings.show(result.report, result.fail_on)
    if result.silent and result.standing:
        from sigclock.verdict.wording import count  # noqa: PLC0415 - only where it is needed

        click.echo(f"sigclock: {count(result.standing, 'finding')} stood before (sigclock check)")
    if result.stopped:
        say(f"sigclock: {result.stopped}\n")
    return max(status, int(bool(result.stopped)))


@cli.command()
@click.argument("subject", type=click.Choice(["report", "lock", "audit"]), default="report")
def schema(*, subject: str) -> None:
    """Print the JSON Schema of the report, of the lock or of an audit."""
    from sigclock.cli.commands import schema as command  # noqa: PLC0415 - start-up

    click.echo(command.run(subject), nl=False)


@cli.command()
@formats
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option("--python", metavar="FILE", help="The project's interpreter (default: this one).")
@click.option("--archive", metavar="FILE", help="Compare what `pyflyte package` wrote instead.")
def verify(
    *,
    modules: tuple[str, ...],
    python: str | None,
    archive: str | None,
    **options: Any,  # noqa: ANN401
) -> int:
    """Import the project with its own SDK and compare; print the exact cache keys."""
    from sigclock.cli.commands import verify as command  # noqa: PLC0415 - start-up

    settings = Settings(options)
    request = command.Request(modules, python or sys.executable, archive)
    result = command.run(settings.directory, settings.overrides(), request)
    if not options["formats"] and not options["quiet"]:
        click.echo(result.text, nl=False)
        if not result.report.findings:
            return 0
    return settings.show(result.report, result.fail_on)
