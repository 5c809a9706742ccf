"""One comment, kept current: the same conversation on every forge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import markdown as python_markdown  # type: ignore[import-untyped]
import msgspec
import pytest
from markdown_it import MarkdownIt
from support.forge_server import TOKEN, Answer, Fault, Server, serving
from support.forge_servers import (
    ENVIRON,
    SERVERS,
    BitbucketServer,
    GitHubServer,
    GitLabServer,
)

from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Message, PostResult, Target

MESSAGE = Message("main", "two tasks changed")
CLEAR = Message("main", "all clear", create=False)


class Place:
    """A forge with its server, and a pull request to talk in."""

    def __init__(self, server: Server) -> None:
        self.name = server.NAME
        self.server = server
        self.signed = server.signed("two tasks changed")

    def post(self, message: Message = MESSAGE, timeout: int = 5, **changes: Any) -> PostResult:
        return self.post_all([message], timeout, **changes)[0]

    def post_all(
        self, messages: list[Message], timeout: int = 5, **changes: Any
    ) -> list[PostResult]:
        target = msgspec.structs.replace(self.server.target, **changes)
        return FORGES[self.name].post(target, messages, ENVIRON, timeout)

    def fail(self, method: str, status: int, data: Any, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.server.faults.append(Fault(method, Answer(status, data, named)))

    def refused(self, message: Message = MESSAGE, **changes: Any) -> tuple[str, str]:
        with pytest.raises(ForgeError) as caught:
            self.post(message, **changes)
        assert TOKEN not in caught.value.message + caught.value.advice
        return caught.value.message, caught.value.advice

    @property
    def bodies(self) -> list[str]:
        return [remark.body for remark in self.server.remarks]

    @property
    def writes(self) -> list[str]:
        """The methods of all requests that change something; GraphQL is only asked."""
        said = [line.split() for line in self.server.requests]
        return [method for method, path in said if method != "GET" and path != "/graphql"]


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with serving(SERVERS[request.param]()) as server:
        yield Place(server)


@pytest.fixture
def github() -> Iterator[Place]:
    with serving(GitHubServer()) as server:
        yield Place(server)


@pytest.fixture
def gitlab() -> Iterator[Place]:
    with serving(GitLabServer()) as server:
        yield Place(server)


@pytest.fixture
def bitbucket() -> Iterator[Place]:
    with serving(BitbucketServer()) as server:
        yield Place(server)


def test_every_forge_has_a_server() -> None:
    assert [*SERVERS] == [*FORGES]


def test_create_then_leave_then_update_then_all_clear(place: Place) -> None:
    later = Message("main", "three tasks changed")
    said = [place.post(message).action for message in (MESSAGE, MESSAGE, later, CLEAR, CLEAR)]
    assert said == ["created", "unchanged", "updated", "updated", "unchanged"]
    assert place.bodies == [place.server.signed("all clear")]
    assert place.writes == ["POST", place.server.UPDATE, place.server.UPDATE]


def test_all_clear_is_not_worth_a_first_comment(place: Place) -> None:
    assert place.post(CLEAR) == PostResult("unneeded")
    assert place.bodies == []


def test_two_keys_are_two_comments(place: Place) -> None:
    two = [MESSAGE, Message("docs", "other")]
    said = [result.action for _ in range(2) for result in place.post_all(two)]
    assert said == ["created", "created", "unchanged", "unchanged"]
    assert place.bodies == [place.signed, place.server.signed("other", "docs")]


def test_our_comment_is_found_among_many(place: Place) -> None:
    for number in range(300):
        place.server.say("ann", f"remark {number}")
    ours = place.server.say("sigclock-bot", place.signed)
    place.server.say("ann", "the last word")
    assert place.post(Message("main", "new")).action == "updated"
    assert ours.body == place.server.signed("new")


def test_a_forged_mark_is_only_text(place: Place) -> None:
    forged = place.server.signed("all is well")
    place.server.say("mallory", forged)
    assert place.post().action == "created"
    assert place.bodies == [forged, place.signed]


def test_a_mark_inside_our_own_text_is_only_text(place: Place) -> None:
    place.server.say("sigclock-bot", f"quoting: {place.signed}")
    assert place.post().action == "created"


def test_other_line_ends_are_the_same_comment(place: Place) -> None:
    place.server.say("sigclock-bot", place.signed.replace("\n", "\r\n") + "\r\n")
    assert place.post().action == "unchanged"


def test_the_address_of_the_comment_is_told(place: Place) -> None:
    assert place.post().url == place.server.comment_url(1)


def test_an_app_that_may_not_ask_rest_for_its_name_trusts_itself_only(github: Place) -> None:
    github.server.login = "github-actions[bot]"
    github.server.say("mallory", github.signed)
    github.server.say("mallory[bot]", github.signed, bot=True)
    assert [github.post().action, github.post().action] == ["created", "unchanged"]


def test_a_comment_whose_account_is_gone_is_not_ours(github: Place) -> None:
    github.server.say("", github.signed)
    assert github.post().action == "created"


def test_system_notes_are_not_comments(gitlab: Place) -> None:
    gitlab.server.say("system", gitlab.signed)
    assert gitlab.post().action == "created"


def test_a_body_as_long_as_the_forge_takes(place: Place) -> None:
    """The server refuses a longer one."""
    message = Message("x" * 1000, "y" * FORGES[place.name].limit)
    assert [place.post(message).action for _ in range(2)] == ["created", "unchanged"]


@pytest.mark.parametrize("key", ["main", "a [b] \u00fc>_-->", ".", "x" * 1000])
def test_no_reader_sees_the_mark(place: Place, key: str) -> None:
    """In GitHub-flavoured Markdown, and in Bitbucket's, which would show a comment of HTML."""
    place.post(Message(key, "words"))
    (body,) = place.bodies
    if FORGES[place.name].html:
        shown = MarkdownIt("gfm-like", {"html": True}).render(body)
        shown = re.sub(r"<!-- [^>]* -->", "", shown)
    else:
        shown = python_markdown.markdown(body)
    assert shown.strip() == "<p>words</p>"


def test_other_links_are_the_same_comment(place: Place) -> None:
    """They lead to the commit that was judged, which is another one after each push."""
    first, second = (
        Message("main", f"[`a.py:1`](https://x.y/blob/{digit * 40}/a.py#L1)") for digit in "bc"
    )
    assert [place.post(message).action for message in (first, second)] == ["created", "unchanged"]


def test_a_token_of_github_goes_to_no_gitea() -> None:
    """But in a job of Gitea's own Actions, where it is Gitea's."""
    with serving(SERVERS["gitea"]()) as server:
        environ = {"GITHUB_TOKEN": TOKEN}
        with pytest.raises(ForgeError, match="there is no token"):
            FORGES["gitea"].post(server.target, [MESSAGE], environ)
        assert server.requests == []
        environ |= {"FORGEJO_ACTIONS": "true"}
        assert FORGES["gitea"].post(server.target, [MESSAGE], environ)[0].action == "created"


@pytest.mark.parametrize("name", ["azure", "gitea"])
def test_no_token_goes_to_an_address_that_nobody_gave(name: str) -> None:
    target = Target(FORGES[name].api_url, "acme/pipeline", 7, "", "")
    with pytest.raises(ForgeError, match="address of the forge's API cannot be used"):
        FORGES[name].post(target, [MESSAGE], ENVIRON)


# -- Bitbucket's access tokens, which may not ask for their account -----------------------------


def of_access_token(bitbucket: Place, login: str) -> Server:
    server = bitbucket.server
    server.login, server.writers = login, server.writers | {login}
    denied = {"type": "error", "error": {"message": "This API is not accessible"}}
    server.faults = [Fault("GET", Answer(403, denied), path="/user")]
    return server


def test_an_access_token_knows_its_comment(bitbucket: Place) -> None:
    server = of_access_token(bitbucket, "{token}")
    server.say("mallory", bitbucket.signed)
    later = Message("main", "three tasks changed")
    said = [bitbucket.post(message).action for message in (MESSAGE, MESSAGE, later, CLEAR)]
    assert said == ["created", "unchanged", "updated", "updated"]
    assert bitbucket.bodies == [bitbucket.signed, server.signed("all clear")]


def test_a_new_access_token_begins_its_own_comment(bitbucket: Place) -> None:
    of_access_token(bitbucket, "{old}")
    bitbucket.post()
    server = of_access_token(bitbucket, "{new}")
    denied = Answer(403, {"type": "error", "error": {"message": "no"}})
    others = [Fault(method, denied, path="/comments/1") for method in ("PUT", "DELETE")]
    server.faults += others
    later = Message("main", "three tasks changed")
    assert bitbucket.post(later).url == server.comment_url(2)
    assert [result.action for result in bitbucket.post_all([later])] == ["unchanged", "left"]
    assert bitbucket.bodies == [bitbucket.signed, server.signed("three tasks changed")]


def test_an_account_with_an_api_token_signs_in_by_name(bitbucket: Place) -> None:
    refused = Answer(401, {"type": "error", "error": {"message": f"bad {TOKEN}"}})
    bitbucket.server.faults = [Fault("GET", refused)]
    environ = {"BITBUCKET_TOKEN": f"ann@example.com:{TOKEN}"}
    with pytest.raises(ForgeError) as caught:
        FORGES["bitbucket"].post(bitbucket.server.target, [MESSAGE], environ)
    assert caught.value.message == "Bitbucket answered 401: bad ***"
    bitbucket.server.violations.clear()  # this server knows the token alone


def test_a_pull_request_that_moved_on_is_left_to_its_newer_run(place: Place) -> None:
    ours = place.server.say("sigclock-bot", place.signed)
    assert place.post(Message("main", "old news"), head="c" * 40) == PostResult("outdated")
    assert (place.bodies, ours.body, place.writes) == ([place.signed], place.signed, [])


REFUSALS = {
    401: ("Bad credentials", "The token is wrong or has expired; make a new one."),
    422: ("Validation Failed", "The comment was not accepted; `--dry-run` shows its body."),
    500: ("oops", "Run it again later."),
    502: ("bad gateway", "Run it again later."),
    503: ("unavailable", "Run it again later."),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_has_advice(place: Place, status: int) -> None:
    reason, advice = REFUSALS[status]
    place.fail("POST", status, {"message": reason})
    assert place.refused() == (f"{place.server.FORGE} answered {status}: {reason}", advice)
    assert place.writes == ["POST"]


PERMISSIONS = {
    "azure": "Allow the build service `Contribute to pull requests`, or use a personal access",
    "bitbucket": "Use a repository access token that may write pull requests, or",
    "gitea": "Use a token with the scopes `write:issue`, `read:repository` and `read:user`;",
    "github": "Give the job `permissions: pull-requests: write`, or use a token that may comment.",
    "gitlab": "Use a project access token with the scope `api`; a CI_JOB_TOKEN cannot comment.",
}


def test_a_missing_permission_is_named(place: Place) -> None:
    place.fail("POST", 403, {"message": "Resource not accessible by integration"})
    assert place.refused()[1].startswith(PERMISSIONS[place.name])


def test_the_token_of_a_fork_may_only_read(github: Place) -> None:
    github.fail("POST", 403, {"message": "Resource not accessible by integration"})
    assert github.refused(fork=True)[1].startswith("The token of a pull request from a fork may")


def test_an_unknown_project_is_said(place: Place) -> None:
    message, advice = place.refused(number=8)
    assert message.partition(" answered ")[2].startswith("404: ")
    assert advice.startswith("There is no such pull request, or the token cannot see it.")


def test_a_rate_limit_tells_how_long_to_wait(place: Place) -> None:
    place.fail("POST", 429, {"message": "slow down"}, Retry_After="61")
    assert place.refused()[1] == "Too many requests; run it again in 61 seconds."
    assert place.writes == ["POST"]


@pytest.mark.parametrize("header", [{"Retry_After": "61"}, {"X_RateLimit_Remaining": "0"}])
def test_github_limits_rates_by_403_too(github: Place, header: dict[str, str]) -> None:
    github.fail("GET", 403, {"message": "You have exceeded a secondary rate limit"}, **header)
    assert github.refused()[1].startswith("Too many requests; run it again ")


def test_an_error_page_is_no_surprise(place: Place) -> None:
    place.fail("GET", 502, "<html>\x1b[31mBad Gateway</html>")
    message, advice = place.refused()
    assert message.isprintable()
    assert (" answered 502: " in message, advice) == (True, "Run it again later.")


def test_a_token_that_the_forge_repeats_is_not_told(place: Place) -> None:
    place.fail("GET", 400, {"message": f"bad header: {TOKEN}"})
    assert place.refused()[0].endswith(" answered 400: bad header: ***")


def test_no_answer_in_time(place: Place) -> None:
    place.server.faults.append(Fault("GET", Answer(200, {}), delay=1.5))
    message, advice = place.refused(timeout=1)
    assert message.endswith("could not be reached (TimeoutError)")
    assert advice == "Check the network and the API address, and run it again."


def test_nobody_listens(place: Place) -> None:
    message, _ = place.refused(api_url=f"http://127.0.0.1:1{place.server.API}")
    assert message.endswith("could not be reached (ConnectionRefusedError)")


@pytest.mark.parametrize("name", FORGES)
def test_no_token_and_no_pull_request_are_told_before_anything_is_sent(name: str) -> None:
    target = Target("http://127.0.0.1:1", "acme/pipeline", 7, "", "")
    with pytest.raises(ForgeError, match="there is no token to comment with"):
        FORGES[name].post(target, [MESSAGE], {})
    with pytest.raises(ForgeError, match="this is not a pull request"):
        FORGES[name].post(msgspec.structs.replace(target, number=None), [MESSAGE], ENVIRON)
