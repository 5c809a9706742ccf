"""A forge that lies: one line, no token elsewhere, and one comment in the end."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any

import msgspec
import pytest
from support.forge_server import TOKEN, Answer, Fault, Server, serving
from support.forge_servers import ENVIRON, SERVERS

from sigclock.cli.commands import comment as verb
from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Message, PostResult

WHOLE = bool(os.environ.get("SIGCLOCK_FULL"))
#: Lies that are told to every forge: an answer without what makes it true, and a way out.
ALWAYS = ("an empty object", "no author", "to another host, 307")
PAGED = pytest.mark.parametrize(
    "place", [name for name, kind in SERVERS.items() if kind.SIZE], indirect=True
)
MESSAGE = Message("main", "two tasks changed")
HTML = "<!doctype html><title>Sign in</title>"


class Elsewhere(Server):
    """Another host: whoever speaks to it has already lost."""

    def exchange(self, request: Any) -> Answer:
        self.requests.append(request.path)
        self.violations.append(f"asked for {request.path}")
        return Answer(200, [])


class Place:
    """A forge, another server beside it, and a pull request."""

    def __init__(self, server: Server, elsewhere: Server) -> None:
        self.name, self.server, self.elsewhere = server.NAME, server, elsewhere
        self.signed = server.signed("two tasks changed")
        #: The end of the path of the list of comments.
        self.list = server.COMMENTS.rpartition("/")[2]

    def post(self, *messages: Message, timeout: float = 5, **changes: Any) -> list[PostResult]:
        target = msgspec.structs.replace(self.server.target, **changes)
        return FORGES[self.name].post(target, messages or [MESSAGE], ENVIRON, timeout)

    def tried(self, timeout: float = 5) -> str:
        """What is said of one try."""
        try:
            said = verb.result_lines(self.post(timeout=timeout))
        except ForgeError as error:
            said = [error.message, error.advice]
        assert [line for line in said if not line.isprintable() or TOKEN in line] == []
        return said[0]

    @property
    def ours(self) -> list[str]:
        return [r.body for r in self.server.remarks if r.author == self.server.login]


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    server = SERVERS[request.param]()
    server.is_checked = False  # its requests are in the other tests; here are too many
    with serving(server), serving(Elsewhere()) as elsewhere:
        yield Place(server, elsewhere)


Lie = Callable[[Place], Answer]


def plain(status: int, data: Any = None, **headers: str) -> Lie:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Answer(status, {"message": "no"} if data is None else data, named)


def redirect(status: int, path: str = "/x") -> Lie:
    return lambda place: Answer(status, {}, {"Location": f"{place.elsewhere.url}{path}"})


def located(location: str) -> Lie:
    return lambda _: Answer(302, {}, {"Location": location})


#: Name → answer, given to every request of one kind in turn: the head, the list, the comment.
LIES: dict[str, Lie] = {
    **{f"status {status}": plain(status) for status in (400, 401, 403, 404, 405, 409, 410, 418)},
    **{f"status {status}": plain(status) for status in (422, 451, 500, 502, 503, 504, 599)},
    "a page": plain(200, HTML),
    "a page that was refused": plain(403, HTML),
    "a page with controls": plain(500, "\x1b[31m::error::x"),
    "nothing": plain(200, b""),
    "no content": plain(204, b""),
    "cut off JSON": plain(200, b'{"id": 1, "bo'),
    "not UTF-8": plain(200, b'{"id": 1, "body": "\xff"}'),
    "UTF-16": plain(200, json.dumps({"id": 1}).encode("utf-16")),
    "deep": plain(200, b"[" * 100_000),
    "null": plain(200, b"null"),
    "a number": plain(200, b"1"),
    "an empty object": plain(200, b"{}"),
    "a list of numbers": plain(200, b"[1]"),
    "wrong types": plain(200, {"id": "x", "html_url": 1, "body": [], "head": 1, "sha": {}}),
    "no author": plain(200, [{"id": 1, "html_url": "x", "body": None, "user": [], "author": 1}]),
    "a huge number": plain(200, b'{"id": 1e999, "html_url": "x"}'),
    "a longer length than there is": plain(200, b"[]", Content_Length="100"),
    "a length that is none": plain(200, b"[]", Content_Length="x"),
    "chunks that are none": plain(200, b"[]", Transfer_Encoding="chunked"),
    "gzip that nobody asked for": plain(200, b"\x1f\x8b\x08\x00", Content_Encoding="gzip"),
    "a status that is none": plain(999),
    "the token": plain(400, {"message": f"bad {TOKEN}"}),
    "the token with its word": plain(400, {"message": f"bad Bearer {TOKEN}"}),
    "a list as the reason": plain(400, {"message": [{"x": TOKEN}]}),
    **{f"to another host, {status}": redirect(status) for status in (301, 302, 303, 307, 308)},
    "to another scheme": located("https://127.0.0.1/x"),
    "to a file": located("file:///etc/passwd"),
    "to a user": located("http://127.0.0.1@evil.invalid/x"),
    "to nowhere": located("http://[::1"),
    "to nothing": plain(302),
    "round and round": located("?again"),
    "a limit in seconds": plain(429, Retry_After="3600"),
    "a limit in many seconds": plain(429, Retry_After="9" * 50),
    "a limit with a date": plain(429, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"),
    "a limit with nonsense": plain(429, Retry_After="soon\x1b"),
    "a limit by another name": plain(403, X_RateLimit_Remaining="0"),
}


def told() -> Iterator[Any]:
    """Pairs of forge and lie: all of them, or each lie on GitHub and on another forge in turn."""
    others = [name for name in SERVERS if name != "github"]
    for number, (title, lie) in enumerate(LIES.items()):
        some = ["github", others[number % len(others)]]
        for name in SERVERS if WHOLE or title in ALWAYS else some:
            yield pytest.param(name, lie, id=f"{name}-{title}")


@pytest.mark.parametrize(("place", "lie"), [*told()], indirect=["place"])
def test_a_lie_ends_in_one_line_and_in_one_comment(place: Place, lie: Lie) -> None:
    """To each kind of request in turn, first without a comment of ours and then with one."""
    answer = lie(place)
    where = {
        "head": ("GET", place.server.HEAD),
        "list": ("GET", place.list),
        "create": ("POST", ""),
        "who": place.server.WHO,
    }
    for method, path in where.values():
        place.server.faults = [Fault(method, answer, path=path, once=path.endswith("7"))]
        said = place.tried(timeout=0.3)
        assert said.endswith(place.server.comment_url(1)) or not said.startswith(
            ("commented", "updated")
        ), said
        assert "None" not in said
    place.server.faults = []
    assert place.tried().startswith(("commented http", "the comment is current"))
    assert (place.ours, place.elsewhere.requests) == ([place.signed], [])


def test_a_slow_answer_ends_by_itself(place: Place) -> None:
    place.server.faults = [Fault("POST", Answer(201, {}), delay=1.5)]
    assert "could not be reached" in place.tried(timeout=1)
    place.server.faults = []
    place.post()
    assert place.ours == [place.signed]


def test_an_answer_that_drips_for_ever_ends_by_itself(place: Place) -> None:
    """A socket's own time limit starts anew with each byte."""
    place.server.faults = [Fault("GET", Answer(200, [], {"X-Drip": "0.1"}))]
    began = time.monotonic()
    assert "could not be reached" in place.tried(timeout=0.5)
    assert time.monotonic() - began < 10


def test_a_moved_repository_on_the_same_host_is_followed(place: Place) -> None:
    """As GitHub answers for a repository that was renamed: 301 to a question, 307 to a comment."""
    route = type(place.server).route

    def moved(request: Any) -> Answer:
        if "/old" in request.path or "%2Fold" in request.path:
            status = 301 if request.method == "GET" else 307
            return Answer(status, {}, {"Location": request.path.replace("old", "moved")})
        path = request.path.replace("moved", "pipeline")
        return route(place.server, msgspec.structs.replace(request, path=path))

    place.server.route = moved  # type: ignore[method-assign]
    (result,) = place.post(repository=place.server.REPOSITORY.replace("pipeline", "old"))
    assert (result.action, result.url) == ("created", place.server.comment_url(1))
    assert place.ours == [place.signed]


@pytest.mark.parametrize(
    "link", ["{elsewhere}/x", "https://127.0.0.1/x", "file:///x", "http://[::1"]
)
@PAGED
def test_a_next_page_elsewhere_is_not_asked_for(place: Place, link: str) -> None:
    answer = place.server.listing([], link.format(elsewhere=place.elsewhere.url))
    place.server.faults = [Fault("GET", answer, path=place.list)]
    assert "another address" in place.tried() or "a broken link" in place.tried()
    assert (place.ours, place.elsewhere.requests) == ([], [])


def test_redirects_without_end_are_given_up(place: Place) -> None:
    place.server.faults = [Fault("GET", located("?again")(place))]
    assert place.tried().endswith(" answered with one redirect after another")
    assert len(place.server.requests) == 6


@PAGED
def test_pages_without_end_are_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigclock.forges.client._MOST_PAGES", 5)
    answer = place.server.listing([], "?again")
    place.server.faults = [Fault("GET", answer, path=place.list)]
    assert place.tried().endswith("answered with more than 5 pages of comments")
    assert sum(place.list in line for line in place.server.requests) == 5


def test_an_answer_without_end_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sigclock.forges.client._LARGEST", 1000)
    place.server.faults = [Fault("POST", Answer(201, b" " * 2000))]
    assert place.tried().endswith("answered with more than 0 MB")


# -- two at once --------------------------------------------------------------------------------


def racing(place: Place, other: Message, before: str) -> list[PostResult]:
    """Another run of the same head posts all that it has to say just before this one writes."""
    exchange, ready = place.server.exchange, [True]

    def raced(request: Any) -> Answer:
        if request.method == before and request.path != "/graphql" and ready:
            ready.clear()
            place.post(other)
        return exchange(request)

    place.server.exchange = raced  # type: ignore[method-assign]
    return place.post()


def test_two_first_runs_at_once_leave_one_comment(place: Place) -> None:
    results = racing(place, Message("main", "as another run has it"), "POST")
    assert [result.action for result in results] == ["created"]
    assert place.ours == [place.signed]


def test_two_comments_of_an_earlier_race_become_one(place: Place) -> None:
    for body in (place.signed + " of old", place.signed, place.signed + " later"):
        place.server.say(place.server.login, body)
    place.post()
    assert [(remark.id, remark.body) for remark in place.server.remarks] == [(1, place.signed)]


def test_what_another_run_removed_meanwhile_is_no_error(place: Place) -> None:
    for _ in range(2):
        place.server.say(place.server.login, place.signed)
    assert racing(place, MESSAGE, "DELETE")[0].action == "unchanged"
    assert place.ours == [place.signed]


def test_an_older_run_does_not_overwrite_the_newer_verdict(place: Place) -> None:
    place.server.sha = "c" * 40
    newer = Message("main", "the newer verdict")
    place.post(newer, head="c" * 40)
    assert place.post()[0].action == "outdated"
    assert place.ours == [place.server.signed("the newer verdict")]


def test_a_run_that_looks_again_too_late_writes_no_more(place: Place) -> None:
    exchange = place.server.exchange

    def pushed(request: Any) -> Answer:
        answer = exchange(request)
        if answer.status == place.server.CREATED and request.method == "POST":
            place.server.sha = "c" * 40
            place.server.remarks[-1].body = place.server.signed("the newer verdict")
        return answer

    place.server.exchange = pushed  # type: ignore[method-assign]
    place.post()
    assert place.ours == [place.server.signed("the newer verdict")]


def test_a_run_by_another_configuration_keeps_its_own_comment(place: Place) -> None:
    """Two jobs of one pull request; neither writes over, removes or succeeds the other's."""
    strict = Message("main", "strict", configuration="ci/strict.toml")
    odd = Message("main", "odd", configuration="a) --> b.toml")
    place.server.writers = {"former-bot"}
    signed = place.server.signed
    place.server.say("former-bot", signed("by another token", "main", "(ci/strict.toml)"))
    for _ in range(2):
        for message in (MESSAGE, strict, odd):
            place.post(message)
    place.post(Message("docs", "main is gone"))
    assert place.ours == [
        signed("strict", "main", "(ci/strict.toml)"),
        signed("odd", "main", "(a%29;%20;%2d;%2d;%3e;%20;b.toml)"),
        signed("main is gone", "docs"),
    ]


# -- whose comment it is ------------------------------------------------------------------------


def test_a_changed_token_removes_what_its_forerunner_wrote(place: Place) -> None:
    place.server.writers = {"former-bot"}
    place.server.say("former-bot", place.signed.replace("two", "five"))
    place.server.say("mallory", place.signed.replace("two", "six"))
    assert [result.action for result in place.post()] == ["created"]
    assert [remark.author for remark in place.server.remarks] == ["mallory", place.server.login]


def test_what_may_not_be_removed_is_named(place: Place) -> None:
    place.server.writers = {"former-bot"}
    place.server.say("former-bot", place.signed)
    place.server.faults = [Fault("DELETE", Answer(403, {"message": "no"}))]
    results = place.post()
    assert [result.action for result in results] == ["created", "left"]
    assert verb.result_lines(results)[1].startswith("another account's earlier comment stays")


def test_a_comment_about_a_project_that_is_gone_goes_too(place: Place) -> None:
    place.post(MESSAGE, Message("docs", "one task changed"))
    place.post(MESSAGE)
    assert place.ours == [place.signed]


@pytest.mark.parametrize("place", ["gitea", "github", "gitlab"], indirect=True)
def test_a_locked_conversation_is_told_as_such(place: Place) -> None:
    place.server.locked = True
    place.server.faults = [Fault("POST", Answer(403, {"message": "locked"}))]
    with pytest.raises(ForgeError) as caught:
        place.post()
    assert caught.value.advice.startswith("The conversation is locked: unlock it")


# -- what a person gives ------------------------------------------------------------------------


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"{TOKEN}\u20ac", f"{TOKEN} x", f"\r\n{TOKEN}"])
def test_a_token_with_odd_letters_is_told(place: Place, token: str) -> None:
    environ = dict.fromkeys(ENVIRON, token)
    with pytest.raises(ForgeError, match="has a blank, a line end or an odd letter") as caught:
        FORGES[place.name].post(place.server.target, [MESSAGE], environ)
    assert TOKEN not in caught.value.message + caught.value.advice
    assert place.server.requests == []


URLS = (
    "http:// ftp://x 127.0.0.1:80 http://[::1 http://x:99999 http://x:y http://x?y http://x#y "
    f"https:/x http://\u20ac http://me:{TOKEN}@127.0.0.1 //x /x x"
).split()


@pytest.mark.parametrize("url", ["", "http://a b", *URLS])
def test_an_address_that_is_none_is_told(place: Place, url: str) -> None:
    with pytest.raises(ForgeError, match="address of the forge's API cannot be used") as caught:
        place.post(api_url=url)
    assert TOKEN not in caught.value.message


@pytest.mark.parametrize("name", ["../../user", "a/..", "", "x", "a/b?c", "a/b\n", "a//b", "./x"])
def test_a_repository_that_is_none_is_told(place: Place, name: str) -> None:
    with pytest.raises(ForgeError, match="is not the name of a repository"):
        place.post(repository=name)
    assert place.server.requests == []


def test_a_limit_with_a_date_is_waited_for(place: Place) -> None:
    fault = Answer(429, {"message": "slow"}, {"Retry-After": formatdate(usegmt=True)})
    place.server.faults = [Fault("POST", fault)]
    with pytest.raises(ForgeError) as caught:
        place.post()
    assert caught.value.wait == 0


@pytest.mark.parametrize("key", ["x" * 60_000, "-" * 200, "-->" * 100, "\u20ac" * 300])
def test_no_name_of_a_folder_makes_the_mark_too_long(place: Place, key: str) -> None:
    messages = [Message(key, "y" * FORGES[place.name].limit), Message(key + "z", "other")]
    assert [result.action for result in place.post(*messages)] == ["created", "created"]
    assert [result.action for result in place.post(*messages)] == ["unchanged", "unchanged"]
    assert max(map(len, place.ours)) <= place.server.LIMIT


def test_nothing_is_logged(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().setLevel(logging.INFO)
    place.server.faults = [Fault("GET", redirect(302)(place))]
    place.tried()
    assert capfd.readouterr() == ("", "")
