"""One comment, kept current: the same conversation on either forge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from support.forge_server import (
    TOKEN,
    Answer,
    Fault,
    GitHubServer,
    GitLabServer,
    Server,
    serving,
)

from sigclock.forges import FORGES
from sigclock.forges.comment import ForgeError, Message, PostResult, Target

ENVIRON = {"GITHUB_TOKEN": TOKEN, "GITLAB_TOKEN": TOKEN}
MESSAGE = Message("main", "two tasks changed")
SIGNED = "<!-- sigclock:main -->\ntwo tasks changed"
CLEAR = Message("main", "all clear", create=False)
WRITE = {"github": "PATCH", "gitlab": "PUT"}


class Place:
    """A forge with its server, and a pull request to talk in."""

    def __init__(self, name: str, server: Server) -> None:
        self.name = name
        self.server = server
        suffix = "/api/v4" if name == "gitlab" else ""
        self.target = Target(f"{server.url}{suffix}", "acme/pipeline", 7, "a" * 40, "b" * 40)

    def post(self, message: Message = MESSAGE, timeout: int = 5, **changes: Any) -> PostResult:
        return self.post_all([message], timeout, **changes)[0]

    def post_all(
        self, messages: list[Message], timeout: int = 5, **changes: Any
    ) -> list[PostResult]:
        target = msgspec.structs.replace(self.target, **changes)
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


@pytest.fixture(params=["github", "gitlab"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with serving(GitHubServer() if request.param == "github" else GitLabServer()) as server:
        yield Place(request.param, server)


@pytest.fixture
def github() -> Iterator[Place]:
    with serving(GitHubServer()) as server:
        yield Place("github", server)


@pytest.fixture
def gitlab() -> Iterator[Place]:
    with serving(GitLabServer()) as server:
        yield Place("gitlab", server)


def test_create_then_leave_then_update_then_all_clear(place: Place) -> None:
    later = Message("main", "three tasks changed")
    said = [place.post(message).action for message in (MESSAGE, MESSAGE, later, CLEAR, CLEAR)]
    assert said == ["created", "unchanged", "updated", "updated", "unchanged"]
    assert place.bodies == ["<!-- sigclock:main -->\nall clear"]
    assert place.writes == ["POST", WRITE[place.name], WRITE[place.name]]


def test_all_clear_is_not_worth_a_first_comment(place: Place) -> None:
    assert place.post(CLEAR) == PostResult("unneeded")
    assert place.bodies == []


def test_two_keys_are_two_comments(place: Place) -> None:
    two = [MESSAGE, Message("docs", "other")]
    said = [result.action for _ in range(2) for result in place.post_all(two)]
    assert said == ["created", "created", "unchanged", "unchanged"]
    assert place.bodies == [SIGNED, "<!-- sigclock:docs -->\nother"]


def test_our_comment_is_found_among_many(place: Place) -> None:
    for number in range(250):
        place.server.say("ann", f"remark {number}")
    ours = place.server.say("sigclock-bot", SIGNED)
    place.server.say("ann", "the last word")
    assert place.post(Message("main", "new")).action == "updated"
    assert ours.body == "<!-- sigclock:main -->\nnew"


def test_a_forged_mark_is_only_text(place: Place) -> None:
    place.server.say("mallory", "<!-- sigclock:main -->\nall is well")
    assert place.post().action == "created"
    assert place.bodies == ["<!-- sigclock:main -->\nall is well", SIGNED]


def test_a_mark_inside_our_own_text_is_only_text(place: Place) -> None:
    place.server.say("sigclock-bot", f"quoting: {SIGNED}")
    assert place.post().action == "created"


def test_other_line_ends_are_the_same_comment(place: Place) -> None:
    place.server.say("sigclock-bot", SIGNED.replace("\n", "\r\n") + "\r\n")
    assert place.post().action == "unchanged"


def test_the_address_of_the_comment_is_told(place: Place) -> None:
    assert (
        place.post().url
        == {
            "github": "https://github.com/acme/pipeline/pull/7#issuecomment-1",
            "gitlab": "https://gitlab.com/acme/pipeline/-/merge_requests/7#note_1",
        }[place.name]
    )


def test_an_app_that_may_not_ask_rest_for_its_name_trusts_itself_only(github: Place) -> None:
    github.server.login = "github-actions[bot]"
    github.server.say("mallory", SIGNED)
    github.server.say("mallory[bot]", SIGNED, bot=True)
    assert [github.post().action, github.post().action] == ["created", "unchanged"]


def test_a_comment_whose_account_is_gone_is_not_ours(github: Place) -> None:
    github.server.say("", SIGNED)
    assert github.post().action == "created"


def test_system_notes_are_not_comments(gitlab: Place) -> None:
    gitlab.server.say("system", SIGNED)
    assert gitlab.post().action == "created"


def test_a_pull_request_that_moved_on_is_left_to_its_newer_run(place: Place) -> None:
    ours = place.server.say("sigclock-bot", SIGNED)
    assert place.post(Message("main", "old news"), head="c" * 40) == PostResult("outdated")
    assert (place.bodies, ours.body, place.writes) == ([SIGNED], SIGNED, [])


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
    forge = {"github": "GitHub", "gitlab": "GitLab"}[place.name]
    assert place.refused() == (f"{forge} answered {status}: {reason}", advice)
    assert place.writes == ["POST"]


def test_a_missing_permission_is_named(place: Place) -> None:
    place.fail("POST", 403, {"message": "Resource not accessible by integration"})
    assert (
        place.refused()[1]
        == {
            "github": "Give the job `permissions: pull-requests: write`, or use a token that may "
            "comment.",
            "gitlab": "Use a project access token with the scope `api`; "
            "a CI_JOB_TOKEN cannot comment.",
        }[place.name]
    )


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
    suffix = place.target.api_url.removeprefix(place.server.url)
    message, _ = place.refused(api_url=f"http://127.0.0.1:1{suffix}")
    assert message.endswith("could not be reached (ConnectionRefusedError)")


@pytest.mark.parametrize("name", FORGES)
def test_no_token_and_no_pull_request_are_told_before_anything_is_sent(name: str) -> None:
    target = Target("http://127.0.0.1:1", "acme/pipeline", 7, "", "")
    with pytest.raises(ForgeError, match="there is no token to comment with"):
        FORGES[name].post(target, [MESSAGE], {})
    with pytest.raises(ForgeError, match="this is not a pull request"):
        FORGES[name].post(msgspec.structs.replace(target, number=None), [MESSAGE], ENVIRON)
