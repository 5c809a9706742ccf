"""`comment`: what a reviewer should know of a change, kept current where it is discussed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import click
import msgspec

from sigclock.cli.error_handler import refuse
from sigclock.cli.options import Settings, either, formats, say, write
from sigclock.errors import UsageError, reason
from sigclock.forges import FORGES, Forge
from sigclock.forges.comment import ForgeError, Message, Said, Target, no_number
from sigclock.git.repository import Repository
from sigclock.project import pull_request
from sigclock.project.projects import Overrides
from sigclock.project.pull_request import Review, Wanted
from sigclock.reports import markdown
from sigclock.reports.causes import is_news
from sigclock.verdict.finding import Level, Report

#: A forge's rate limit is waited for this many seconds at most, twice.
_PATIENCE = 60
_TRIES = 3
#: Nobody wants more comments than this of one run; the job's summary has everything.
_MOST = 20
#: What GitHub takes as the summary of a step, in bytes.
_SUMMARY = 1024 * 1024
_LARGEST = 64 * 1024 * 1024


class Options(msgspec.Struct, frozen=True):
    """What the command line says over the CI's environment; empty where it says nothing."""

    forge: str | None = None
    api_url: str = ""
    repository: str = ""
    number: int | None = None
    base: str = ""
    head: str = ""
    fetch: bool = False


class Parcel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run without secrets hands to one that may comment: facts, and never a body.

    So nothing that foreign code wrote is posted but as inert text in a body of our own.
    """

    version: Literal[1]
    number: Annotated[int, msgspec.Meta(ge=1)] | None
    reviews: Annotated[tuple[Review, ...], msgspec.Meta(min_length=1, max_length=1000)]


class Draft(msgspec.Struct, frozen=True):
    """Everything there is to say, before anything is sent; `whole` is where all can be read."""

    reviews: tuple[Review, ...]
    fail_on: Level
    forge: Forge | None
    target: Target | None
    whole: str = "`sigclock diff`"

    @property
    def report(self) -> Report:
        """All projects in one."""
        return pull_request.join(self.reviews)

    @property
    def messages(self) -> list[Message]:
        """A message for each project: one without news only replaces what was said before."""
        limit = self.forge.limit if self.forge else None
        news = [review.directory for review in self.reviews if is_news(review.report)][:_MOST]
        return [
            Message(
                review.directory or ".",
                markdown.body(review.report, limit, review.directory, self.whole),
                create=review.directory in news,
            )
            for review in self.reviews
        ]

    @property
    def body(self) -> str:
        """What would be said, for a person to read."""
        told = [message for message in self.messages if message.create] or self.messages[:1]
        return "\n".join(message.body for message in told)

    @property
    def summary(self) -> str:
        """All that there is to say, as long as a job's summary may be."""
        told = [review for review in self.reviews if is_news(review.report)] or self.reviews[:1]
        share = _SUMMARY // len(told) - 1
        return "\n".join(_within(review, share) for review in told)

    @property
    def parcel(self) -> bytes:
        """For a later run, which may comment where this one may not."""
        number = self.target.number if self.target else None
        return msgspec.json.encode(Parcel(1, number, self.reviews))


def _conversation(verb: Callable[..., int]) -> Callable[..., int]:
    """What there is to know of a pull request where the environment does not tell."""
    for option in (
        click.option(
            "--require-post", is_flag=True, help="Exit 2 if the comment cannot be posted."
        ),
        click.option(
            "--from", "source", metavar="FILE", help="Post what --output wrote; read no code."
        ),
        click.option("--output", metavar="FILE", help="Write it for --from; post nothing."),
        click.option("--dry-run", is_flag=True, help="Print the comment; post nothing."),
        click.option("--number", type=click.IntRange(1), help="Of the pull or merge request."),
        click.option("--repository", metavar="OWNER/NAME", default=""),
        click.option(
            "--api-url", metavar="URL", default="", help="The forge's API, if it is your own."
        ),
        click.option("--forge", type=click.Choice(list(FORGES))),
        click.option("--fetch", is_flag=True, help="Fetch what a shallow clone lacks of the base."),
        click.option(
            "--head", metavar="REF", default="", help="The change, if not what is checked out."
        ),
        click.option("--base", metavar="REF", default="", help="Where the change starts."),
    ):
        verb = option(verb)
    return verb


_HELP = f"""Keep one comment on a pull request current: what goes stale, recomputes, was bumped.

Base, head and pull request come from {either([*(f.ci for f in FORGES.values()), "the options"])};
the token from {either(forge.token for forge in FORGES.values())}. Only this command uses the
network.
"""


@click.command(help=_HELP)
@formats
@_conversation
def command(
    *,
    dry_run: bool,
    output: str | None,
    source: str | None,
    require_post: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Say it where it is discussed, or print it, or write it for a run that may."""
    settings = Settings(options)
    named = Options(**{name: options[name] for name in Options.__struct_fields__})
    if source:
        draft = unpack(source, named, os.environ)
    else:
        draft = prepare(settings.directory, settings.overrides(), named, os.environ)
    status = 0 if source else settings.show(draft.report, draft.fail_on, default=())
    if summary := _summary_file(os.environ):
        write(summary, draft.summary.encode(), "ab")
    if output:
        write(output, draft.parcel)
    if dry_run:
        click.echo(draft.body, nl=False)
    if dry_run or output:
        return status
    try:
        told = tell(post(draft, os.environ))
    except ForgeError as error:
        refused = refuse(error)
        return refused if require_post or source else status
    for line in told:
        say(f"sigclock: {line}\n", err=True)
    return status


def prepare(
    directory: str, overrides: Overrides, options: Options, environ: Mapping[str, str]
) -> Draft:
    """Compare base and head, as the CI's environment or the options name them."""
    forge, target = _place(options, environ)
    asked = target is not None and target.number is not None
    wanted = Wanted(
        options.base,
        options.head,
        announced_base=target.base if target else "",
        announced_head=target.head if target and asked else "",
        fetch=options.fetch,
    )
    repository = Repository.open(directory)
    base, head = pull_request.bounds(repository, wanted)
    reviews = pull_request.review(repository, base, head, overrides)
    fail_on = pull_request.fail_level(repository, head, overrides)
    return Draft(tuple(reviews), fail_on, forge, target, _whole(environ))


def unpack(path: str, options: Options, environ: Mapping[str, str]) -> Draft:
    """Take what another run found. Its number counts only if the forge will confirm it."""
    parcel = _read(path)
    forge, target = _place(options, environ)
    if target is None:
        raise _nowhere()
    if target.number is None and target.source is not None:
        target = msgspec.structs.replace(target, number=parcel.number)
    if target.number is None:
        raise UsageError(
            "nothing confirms the number of the pull request",
            advice="run it in a workflow_run job of the base repository, or give --number",
        )
    if parcel.number not in {None, target.number}:
        raise ForgeError(
            f"{path} is about pull request {parcel.number}, and this job about {target.number}",
            advice="Nothing was posted; hand over the file of the run that this job follows.",
        )
    return Draft(parcel.reviews, Level.ERROR, forge, target, _whole(environ))


def post(draft: Draft, environ: Mapping[str, str]) -> list[Said]:
    """Say it, and wait for a rate limit if the forge says that it is short."""
    if draft.forge is None or draft.target is None:
        raise _nowhere()
    if draft.target.number is None:
        raise no_number()
    left = _TRIES
    while True:
        left -= 1
        try:
            return draft.forge.post(draft.target, draft.messages, environ)
        except ForgeError as error:
            if left == 0 or error.wait is None or error.wait > _PATIENCE:
                raise
            time.sleep(error.wait)


def _place(
    options: Options, environ: Mapping[str, str]
) -> tuple[Forge, Target] | tuple[None, None]:
    """The forge and the conversation: options over environment; none outside of any CI."""
    for forge in [FORGES[options.forge]] if options.forge else FORGES.values():
        target = forge.detect(environ)
        if target is not None or options.forge:
            target = target or Target(forge.api_url, "", None, "", "")
            return forge, _overridden(target, options)
    return None, None


def _whole(environ: Mapping[str, str]) -> str:
    return "The job's summary" if _summary_file(environ) else "`sigclock diff`"


def _summary_file(environ: Mapping[str, str]) -> str:
    """The file to which this job adds its summary; empty if its CI keeps none."""
    return next(filter(None, (environ.get(forge.summary) for forge in FORGES.values())), "")


def _overridden(target: Target, options: Options) -> Target:
    """The user's word needs no confirmation."""
    return msgspec.structs.replace(
        target,
        api_url=options.api_url or target.api_url,
        repository=options.repository or target.repository,
        number=options.number or target.number,
        source=None if options.number else target.source,
    )


def _read(path: str) -> Parcel:
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise UsageError(f"{path} is too large", advice="it is no file of `comment --output`")
        return msgspec.json.decode(data, type=Parcel)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"{path} is no file of this version's `comment --output`: {error}",
            advice="let both jobs run the same version of sigclock",
        ) from error
    except (OSError, ValueError) as error:
        raise UsageError(
            f"cannot read {path}: {reason(error)}",
            advice="give --from a file that `sigclock comment --output` wrote",
        ) from error


def _nowhere() -> UsageError:
    return UsageError(
        "this is no CI that sigclock knows, so there is nowhere to comment",
        advice=f"give --forge ({' or '.join(FORGES)}), --repository and --number, or --dry-run",
    )


def _within(review: Review, room: int) -> str:
    """A body of at most `room` bytes; a character is four of them at most, and mostly one."""
    body = markdown.body(review.report, project=review.directory)
    for limit in (int(room * 0.95), room // 4):
        if len(body.encode()) > room:
            body = markdown.body(review.report, limit, project=review.directory)
    return body


def tell(said: Sequence[Said]) -> list[str]:
    """One line for each comment that there is."""
    words = {
        "created": "commented",
        "updated": "updated the comment",
        "unchanged": "the comment is current",
        "outdated": "the pull request has moved on, so its newer run will comment",
    }
    lines = [
        f"{words[answer.action]} {answer.url}".rstrip() for answer in said if answer.action in words
    ]
    return list(dict.fromkeys(lines)) or ["there is nothing to comment on"]
