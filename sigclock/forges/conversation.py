"""One comment for each message, with the newest verdict, whatever others write meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Protocol

import msgspec

from sigclock.forges.comment import (
    MOST,
    Comment,
    ForgeError,
    Message,
    PostResult,
    Target,
    abandoned,
    decide,
    is_marked,
    locked,
    sign,
)

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
#: More accounts than this are not asked about: so many never had our token.
_MOST_ACCOUNTS = 20


class Conversation(Protocol):
    """What a forge's API does with the comments of one pull request; each method may raise."""

    def head(self) -> str:
        """The commit at which the pull request is now."""

    @property
    def locked(self) -> bool:
        """Whether it was locked when it was last asked for its head."""

    def me(self) -> str:
        """The login of the token's account."""

    def comments(self) -> Iterable[Comment]:
        """All comments by people and bots, in no order."""

    def is_trusted(self, comment: Comment) -> bool:
        """Whether its author may write to the repository, so that an earlier token may be its."""

    def create(self, body: str) -> Comment: ...

    def update(self, comment: Comment, body: str) -> Comment: ...

    def delete(self, comment: Comment) -> None: ...


def keep(
    conversation: Conversation, target: Target, messages: Sequence[Message]
) -> list[PostResult]:
    """Write what is not there yet, then look again: another run may have written meanwhile."""
    keeper = _Keeper(conversation, target)
    try:
        return keeper.keep(messages)
    except ForgeError as error:
        if error.status == HTTPStatus.FORBIDDEN and conversation.locked:
            raise locked(error) from error
        raise


class _Keeper:
    def __init__(self, conversation: Conversation, target: Target) -> None:
        self._conversation = conversation
        self._target = target
        self._mine: set[str] = set()
        self._asked: dict[str, bool] = {}
        self._wrote = False

    def keep(self, messages: Sequence[Message]) -> list[PostResult]:
        if self._outdated():
            return [PostResult("outdated") for _ in messages]
        self._know(self._conversation.me())
        marked = self._marked(messages)
        ours = self._ours(marked)
        for comment in abandoned(ours, messages):
            self._remove(comment)
        results = self._settle(ours, messages)
        results += self._succeed([comment for comment in marked if comment not in ours])
        if self._wrote and not self._outdated():
            present = [msgspec.structs.replace(message, create=False) for message in messages]
            self._settle(self._ours(self._marked(messages)), present)
        return results

    def _marked(self, messages: Sequence[Message]) -> list[Comment]:
        return [found for found in self._conversation.comments() if is_marked(found, messages)]

    def _know(self, login: str) -> None:
        """An account of the token; the comments of accounts that are gone have none."""
        if login:
            self._mine.add(login)

    def _outdated(self) -> bool:
        """Whether the head moved on; a newer run judges that, and ours says nothing any more."""
        head = self._conversation.head()
        return bool(self._target.head) and head != self._target.head

    def _ours(self, comments: Iterable[Comment]) -> list[Comment]:
        return [comment for comment in comments if comment.author in self._mine]

    def _settle(self, ours: Sequence[Comment], messages: Sequence[Message]) -> list[PostResult]:
        left = MOST - len(ours)
        results = []
        for message in messages:
            step = decide(ours, message)
            url = step.comment.url if step.comment else ""
            action = step.action
            if action == "created" and left <= 0:
                action = "unneeded"
            elif action == "created":
                left -= 1
                self._wrote = True
                comment = self._conversation.create(sign(message))
                self._know(comment.author)
                url = comment.url
            elif action == "updated" and step.comment:
                self._wrote = True
                comment = self._conversation.update(step.comment, sign(message))
                self._know(comment.author)
                url = comment.url
            for comment in step.surplus:
                self._remove(comment)
            results.append(PostResult(action, url))
        return results

    def _succeed(self, others: Sequence[Comment]) -> list[PostResult]:
        """Remove what an earlier token wrote, whose account was another; say what has to stay."""
        results = []
        for comment in others:
            if self._trusts(comment):
                try:
                    self._remove(comment)
                except ForgeError as error:
                    if error.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
                        raise
                    results.append(PostResult("left", comment.url))
        return results

    def _trusts(self, comment: Comment) -> bool:
        if comment.author not in self._asked and len(self._asked) < _MOST_ACCOUNTS:
            self._asked[comment.author] = self._conversation.is_trusted(comment)
        return self._asked.get(comment.author, False)

    def _remove(self, comment: Comment) -> None:
        """Remove a comment; another run may have done so already."""
        try:
            self._conversation.delete(comment)
        except ForgeError as error:
            if error.status not in _GONE:
                raise
