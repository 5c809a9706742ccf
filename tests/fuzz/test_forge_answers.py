"""Answers of a forge that are nearly right: a result, or one error with advice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.forge_server import TOKEN, Answer, Request, serving
from support.forge_servers import ENVIRON, SERVERS

from fuzz.mutations import other_documents
from sigclock.cli.commands.comment import result_lines
from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Message

WHOLE = bool(os.environ.get("SIGCLOCK_FUZZ"))
MESSAGE = Message("main", "two tasks changed")
STATUSES = [200, 200, 200, 201, 204, 301, 302, 307, 400, 403, 404, 429, 500, 999]
#: Values of headers that lead on, wait or claim something.
HEADERS = {
    "Link": ['<?page=2>; rel="next"', '<http://evil.invalid/>; rel="next"', "<", '<>; rel="next"'],
    "Location": ["/user", "//evil.invalid/", "http://127.0.0.1:1/", "?", "\t", "http://[", "#"],
    "Retry-After": ["1", "-1", "x", "Wed, 21 Oct 2015 07:28:00 GMT", "9" * 40],
    "Content-Encoding": ["gzip"],
    "Transfer-Encoding": ["chunked"],
    "X-RateLimit-Remaining": ["0"],
}


def right(name: str) -> list[bytes]:
    """Each kind of answer of that forge, as the real one gives it."""
    server = SERVERS[name]()
    remark = server.say("ann", server.signed("words"))
    listed = server.listed(Request("GET", server.COMMENTS, {}, {}, b"")).data
    found = [server.pull_request(), server.account(), listed, server.created(remark)]
    return [json.dumps(answer).encode() for answer in [*found, server.comment(remark)]]


def answers(name: str) -> st.SearchStrategy[list[Answer | None]]:
    header = st.sampled_from(sorted(HEADERS)).flatmap(
        lambda key: st.tuples(st.just(key), st.sampled_from(HEADERS[key]))
    )
    known = right(name)
    data = st.sampled_from(known).flatmap(other_documents) | st.sampled_from(known) | st.binary()
    one = st.builds(Answer, st.sampled_from(STATUSES), data, st.lists(header, max_size=2).map(dict))
    return st.lists(st.none() | one, min_size=1, max_size=6)


@pytest.mark.parametrize("name", FORGES)
def test_answers_that_are_nearly_right(name: str) -> None:
    server: Any = SERVERS[name]()
    route = server.route
    given_answers: Iterator[Answer | None] = iter([])
    server.is_checked = False

    def fuzzed(request: Request) -> Answer:
        """The next of the drawn answers, or the right one where None was drawn."""
        drawn = next(given_answers, None)
        if drawn is not None:
            return drawn
        answer: Answer = route(request)
        return answer

    server.route = fuzzed

    @settings(
        max_examples=3000 if WHOLE else 12,
        deadline=None,
        derandomize=not WHOLE,
        suppress_health_check=list(HealthCheck),
    )
    @given(answers(name))
    def tell(drawn: list[Answer | None]) -> None:
        nonlocal given_answers
        given_answers = iter(drawn)
        target = server.target
        said = [MESSAGE.body]
        try:
            results = FORGES[name].post(target, [MESSAGE], ENVIRON, 0.5)
            said = result_lines(results)
        except ForgeError as error:
            said = [error.message, error.advice]
        assert [line for line in said if not line.isprintable() or TOKEN in line] == []
        # Each of these names its comment.
        assert not {"commented", "updated the comment", "the comment is current"} & {*said}
        given_answers = iter([])
        FORGES[name].post(target, [MESSAGE], ENVIRON, 10)
        ours = [remark for remark in server.remarks if remark.author == server.login]
        assert len(ours) == 1

    with serving(server):
        tell()
