"""`comment`: what a reviewer should know of a change, as one comment that stays current."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click
import msgspec

from sigclock.cli.error_handler import refuse
from sigclock.cli.named_files import write_named
from sigclock.cli.options import Settings, either, formats, say
from sigclock.errors import ConfigError, LockError, SigclockError, UsageError
from sigclock.forges import FORGES, Forge, links
from sigclock.forges.comment import MOST, ForgeError, Message, PostResult, Target, no_number
from sigclock.git.repository import Repository
from sigclock.project import pull_request
from sigclock.project.projects import Overrides
from sigclock.project.pull_request import Endpoints, Review
from sigclock.reports import markdown, markdown_links, markdown_plain
from sigclock.reports.causes import is_news
from sigclock.reports.markdown_parts import unjudged
from sigclock.verdict.finding import Level, Report
from sigclock.verdict.wording import inert

#: How many seconds to wait for a forge's rate limit, at most; twice.
_LONGEST_WAIT = 60
_TRIES = 3
#: The longest summary of a step that GitHub accepts, in bytes.
_SUMMARY = 1024 * 1024


class Options(msgspec.Struct, frozen=True):
    """Options of the command line that override the CI's environment; empty overrides nothing."""

    forge: str | None = None
    api_url: str = ""
    repository: str = ""
    number: int | None = None
    base: str = ""
    head: str = ""
    fetch: bool = False


class Draft(msgspec.Struct, frozen=True):
    """Everything to post; `whole` names the place where all of it can be read."""

    reviews: tuple[Review, ...]
    fail_on: Level
    forge: Forge | None
    target: Target | None
    whole: str = "`sigclock diff`"
    configuration: str = ""

    @property
    def report(self) -> Report:
        """All projects in one."""
        return pull_request.join(self.reviews)

    @property
    def messages(self) -> list[Message]:
        """A message for each project; one without news only replaces an earlier comment."""
        news = [review.directory for review in self.reviews if is_news(review.report)][:MOST]
        return [
            Message(
                review.directory or ".",
                self._text(review),
                create=review.directory in news,
                configuration=self.configuration,
            )
            for review in self.reviews
        ]

    def _text(self, review: Review) -> str:
        """In the forge's Markdown, with links to its files."""
        limit = self.forge.limit if self.forge else None
        report = self._noted(review.report)
        text = markdown.body(report, limit, review.directory, self.whole)
        if self.forge is None or self.target is None:
            return text
        if address := links.of(self.forge.file, self.target):
            text = markdown_links.linked(text, report, address, limit)
        return text if self.forge.html else markdown_plain.without_html(text)

    def _noted(self, report: Report) -> Report:
        """A pull request may have a comment by another configuration too."""
        notes = [f"judged by {self.configuration}"] if self.configuration else []
        return msgspec.structs.replace(report, notes=(*notes, *report.notes))

    @property
    def body(self) -> str:
        """What would be posted, for a person to read."""
        messages = [message for message in self.messages if message.create] or self.messages[:1]
        return "\n".join(message.body for message in messages)

    @property
    def summary(self) -> str:
        """Everything to say, cut to the longest summary of a job."""
        reviews = [review for review in self.reviews if is_news(review.report)] or self.reviews[:1]
        share = _SUMMARY // len(reviews) - 1
        return "\n".join(_within(review, share) for review in reviews)


def _pull_request_options(verb: Callable[..., int]) -> Callable[..., int]:
    """The options about the pull request, for what the environment does not say."""
    for option in (
        click.option(
            "--require-post", is_flag=True, help="Exit 2 if the comment cannot be posted."
        ),
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
@_pull_request_options
def command(
    *,
    dry_run: bool,
    require_post: bool,
    **options: Any,  # noqa: ANN401
) -> int:
    """Post the comment, or print it."""
    settings = Settings(options)
    named = Options(**{name: options[name] for name in Options.__struct_fields__})
    configuration = settings.configuration or ""
    try:
        draft = prepare(settings.directory, settings.overrides(), named, os.environ)
    except (LockError, ConfigError) as error:
        if not dry_run:
            replace_verdict(error, named, os.environ, configuration)
        raise
    draft = msgspec.structs.replace(draft, configuration=configuration)
    status = settings.show(draft.report, draft.fail_on, default=())
    if summary := _summary_file(os.environ):
        write_named(summary, draft.summary.encode(), "ab")
    if dry_run:
        click.echo(draft.body, nl=False)
        if _has_more(settings.directory, named):
            say("note: uncommitted changes are not judged: commit them first\n", err=True)
        return status
    try:
        lines = result_lines(post(draft, os.environ))
    except ForgeError as error:
        refused = refuse(error)
        return refused if require_post else status
    for line in lines:
        say(f"sigclock: {line}\n", err=True)
    return status


def _has_more(directory: str, options: Options) -> bool:
    """Whether the work tree has changes, where the change that is judged ends in HEAD."""
    repository = Repository.open(directory)
    head = repository.head()
    return bool(not options.head and repository.root and head and repository.differs_from(head))


def prepare(
    directory: str, overrides: Overrides, options: Options, environ: Mapping[str, str]
) -> Draft:
    """Compare base and head, as the CI's environment or the options name them."""
    forge, target = _forge_and_target(options, environ)
    has_number = target is not None and target.number is not None
    apart = target is not None and target.apart
    announced = target.head if target and has_number else ""
    endpoints = Endpoints(
        options.base,
        options.head or (announced if apart else ""),
        announced_base=target.base if target else "",
        announced_head="" if apart else announced,
        fetch=options.fetch,
    )
    repository = Repository.open(directory)
    base, head = pull_request.bounds(repository, endpoints)
    reviews = pull_request.review(repository, base, head, overrides)
    fail_on = pull_request.fail_level(repository, head, overrides)
    return Draft(tuple(reviews), fail_on, forge, target, _whole(environ))


def post(draft: Draft, environ: Mapping[str, str]) -> list[PostResult]:
    """Post the messages; wait for a rate limit if the forge names a short time."""
    if draft.forge is None or draft.target is None:
        raise _no_forge()
    if draft.target.number is None:
        raise no_number()
    return _posted(draft.forge, draft.target, draft.messages, environ)


def replace_verdict(
    error: SigclockError, options: Options, environ: Mapping[str, str], configuration: str
) -> None:
    """Say that a change cannot be judged, where an earlier run may have said that all is clear."""
    forge, target = _forge_and_target(options, environ)
    if forge and target and target.number is not None:
        message = Message(".", unjudged(error), configuration=configuration)
        # The error itself is told in any case.
        with suppress(ForgeError):
            _posted(forge, target, [message], environ)


def _posted(
    forge: Forge, target: Target, messages: Sequence[Message], environ: Mapping[str, str]
) -> list[PostResult]:
    left = _TRIES
    while True:
        left -= 1
        try:
            return forge.post(target, messages, environ)
        except ForgeError as error:
            if left == 0 or error.wait is None or error.wait > _LONGEST_WAIT:
                raise
            time.sleep(error.wait)


def _forge_and_target(
    options: Options, environ: Mapping[str, str]
) -> tuple[Forge, Target] | tuple[None, None]:
    """The forge and the target: options override the environment; None outside of any CI."""
    for forge in [FORGES[options.forge]] if options.forge else FORGES.values():
        target = forge.detect(environ)
        if target is not None or options.forge:
            target = target or Target(forge.api_url, "", None, "", "")
            return forge, _overridden(target, options)
    return None, None


def _whole(environ: Mapping[str, str]) -> str:
    return "The job's summary" if _summary_file(environ) else "`sigclock diff`"


def _summary_file(environ: Mapping[str, str]) -> str:
    """The file to which this job adds its summary; empty if its CI has none."""
    return next(filter(None, (environ.get(forge.summary) for forge in FORGES.values())), "")


def _overridden(target: Target, options: Options) -> Target:
    """The target with the options applied."""
    return msgspec.structs.replace(
        target,
        api_url=options.api_url or target.api_url,
        repository=options.repository or target.repository,
        number=options.number or target.number,
    )


def _no_forge() -> UsageError:
    return UsageError(
        "sigclock does not know this CI, so there is nowhere to comment",
        advice=f"give --forge ({either(FORGES)}), --repository and --number, or --dry-run",
    )


def _within(review: Review, room: int) -> str:
    """A body of at most `room` bytes; a character is four of them at most, and mostly one."""
    body = markdown.body(review.report, project=review.directory)
    for limit in (int(room * 0.95), room // 4):
        if len(body.encode()) > room:
            body = markdown.body(review.report, limit, project=review.directory)
    return body


def result_lines(results: Sequence[PostResult]) -> list[str]:
    """A line for each comment."""
    words = {
        "created": "commented",
        "updated": "updated the comment",
        "unchanged": "the comment is current",
        "outdated": "the pull request has moved on, so its newer run will comment",
        "left": "another account's earlier comment stays, for this token may not remove it:",
    }
    lines = [
        f"{words[result.action]} {inert(result.url, 500)}".rstrip()
        for result in results
        if result.action in words
    ]
    return list(dict.fromkeys(lines)) or ["there is nothing to comment on"]
