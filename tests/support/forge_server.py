"""Two forges on the loopback that keep comments and hold every exchange against the API."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

DATA = Path(__file__).parent.parent / "forges/data"
OPENAPI = OpenAPI.from_file_path(str(DATA / "github.json"))
TOKEN = "s3cret-token"  # noqa: S105 (it opens nothing)
MOMENT = "2024-05-01T12:00:00Z"


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True):
    status: int
    data: Any
    headers: dict[str, str] = {}


class Fault(msgspec.Struct, frozen=True):
    """What to answer instead, to requests of this method; `delay` seconds before."""

    method: str
    answer: Answer
    delay: float = 0
    path: str = ""
    once: bool = False

    def hits(self, request: Request) -> bool:
        """GraphQL is only asked, so nothing is posted there."""
        asked = request.path == "/graphql" and self.path != "/graphql"
        return self.method == request.method and self.path in request.path and not asked


class Remark(msgspec.Struct):
    """A comment as the server keeps it."""

    id: int
    author: str
    body: str
    bot: bool = False


class Server:
    """State and rules; a subclass knows the routes."""

    def __init__(self) -> None:
        self.url = ""
        self.login = "sigclock-bot"
        self.writers: set[str] = set()
        self.locked = False
        self.sha = "b" * 40
        self.remarks: list[Remark] = []
        self._ids = count(1)
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.violations: list[str] = []

    def exchange(self, request: Request) -> Answer:
        self.requests.append(f"{request.method} {request.path}")
        self.check_request(request)
        for fault in [*self.faults]:
            if fault.hits(request):
                time.sleep(fault.delay)
                if fault.once:
                    self.faults.remove(fault)
                return fault.answer
        answer = self.route(request)
        self.check_answer(request, answer)
        return answer

    def check_request(self, request: Request) -> None:
        raise NotImplementedError

    def check_answer(self, request: Request, answer: Answer) -> None:
        raise NotImplementedError

    def route(self, request: Request) -> Answer:
        raise NotImplementedError

    def say(self, author: str, body: str, *, bot: bool = False) -> Remark:
        remark = Remark(next(self._ids), author, body, bot=bot)
        self.remarks.append(remark)
        return remark

    def write(self, body: str) -> Remark:
        """A comment by the token's account."""
        return self.say(self.login, body, bot=self.login.endswith("[bot]"))

    def remove(self, remark: Remark) -> Answer:
        self.remarks.remove(remark)
        return Answer(204, None)

    def page(self, request: Request) -> tuple[list[Remark], bool]:
        """The remarks of one page, and whether another follows."""
        size = min(100, int(request.query.get("per_page", "30")))
        start = size * (int(request.query.get("page", "1")) - 1)
        return self.remarks[start : start + size], start + size < len(self.remarks)

    def find(self, number: str) -> Remark | None:
        return next((remark for remark in self.remarks if remark.id == int(number)), None)


class GitHubServer(Server):
    """`acme/pipeline` with pull request 7; requests and documented answers fit GitHub's OpenAPI."""

    def __init__(self) -> None:
        super().__init__()
        self.openapi = OPENAPI

    def check_request(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            self.violations.append(f"{request.path}: no token")
        if request.path != "/graphql":
            self.hold(request, None)

    def check_answer(self, request: Request, answer: Answer) -> None:
        """What is not there is 404, also where the description does not say so."""
        if request.path != "/graphql" and answer.status != 404:
            self.hold(request, answer)

    def hold(self, request: Request, answer: Answer | None) -> None:
        asked = MockRequest(
            "https://api.github.com",
            request.method,
            request.path,
            args=request.query,
            headers=request.headers,
            data=request.body,
        )
        try:
            if answer is None:
                self.openapi.validate_request(asked)
            else:
                data = b"" if answer.data is None else json.dumps(answer.data).encode()
                given = MockResponse(data, answer.status)
                self.openapi.validate_response(asked, given)
        except Exception as error:  # noqa: BLE001 (whatever it is, the test has to show it)
            self.violations.append(
                f"{request.method} {request.path}: {error!r} {error.__cause__!r}"
            )

    def route(self, request: Request) -> Answer:
        conversation = "/repos/acme/pipeline/issues/7/comments"
        one = re.fullmatch(r"/repos/acme/pipeline/issues/comments/(\d+)", request.path)
        who = re.fullmatch(r"/repos/acme/pipeline/collaborators/(.+)/permission", request.path)
        if request.path == "/graphql":
            return Answer(200, {"data": {"viewer": {"login": self.login}}})
        if request.path == "/repos/acme/pipeline/pulls/7":
            return Answer(200, self.pull_request())
        if request.path == conversation and request.method == "GET":
            return self._list(request)
        if request.path == conversation:
            return Answer(201, self.comment(self.write(json.loads(request.body)["body"])))
        if who:
            return Answer(200, self._permission(unquote(who[1])))
        if one and (remark := self.find(one[1])):
            if request.method == "DELETE":
                return self.remove(remark)
            remark.body = json.loads(request.body)["body"]
            return Answer(200, self.comment(remark))
        return Answer(404, {"message": "Not Found"})

    def _permission(self, login: str) -> dict[str, Any]:
        permission = "write" if login in self.writers else "read"
        return {"permission": permission, "role_name": permission, "user": None}

    def pull_request(self) -> dict[str, Any]:
        """GitHub's own example, with the head that `sha` tells."""
        answer: dict[str, Any] = json.loads((DATA / "pull-request.json").read_bytes())
        answer["head"] |= {"sha": self.sha}
        answer["locked"] = self.locked
        return answer

    def _list(self, request: Request) -> Answer:
        remarks, more = self.page(request)
        page = int(request.query.get("page", "1"))
        rest = "&".join(f"{key}={value}" for key, value in request.query.items() if key != "page")
        link = f'<{self.url}{request.path}?{rest}&page={page + 1}>; rel="next"'
        return Answer(200, list(map(self.comment, remarks)), {"Link": link} if more else {})

    def comment(self, remark: Remark) -> dict[str, Any]:
        issue = f"{self.url}/repos/acme/pipeline/issues"
        return {
            "id": remark.id,
            "node_id": f"C_{remark.id}",
            "url": f"{issue}/comments/{remark.id}",
            "html_url": f"https://github.com/acme/pipeline/pull/7#issuecomment-{remark.id}",
            "issue_url": f"{issue}/7",
            "body": remark.body,
            "author_association": "NONE",
            "user": self._account(remark.author, "Bot" if remark.bot else "User"),
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }

    def _account(self, login: str, kind: str) -> dict[str, Any]:
        urls = (
            "url",
            "html_url",
            "followers_url",
            "following_url",
            "gists_url",
            "starred_url",
            "subscriptions_url",
            "organizations_url",
            "repos_url",
            "events_url",
            "received_events_url",
            "avatar_url",
        )
        links = dict.fromkeys(urls, f"{self.url}/users/x")
        return links | {
            "login": login,
            "id": 1,
            "node_id": "U_1",
            "gravatar_id": "",
            "type": kind,
            "site_admin": False,
        }


class GitLabServer(Server):
    """Project `acme/pipeline` with merge request 7, by https://docs.gitlab.com/api/notes/."""

    ROOT = "/api/v4/projects/acme%2Fpipeline/merge_requests/7"

    def check_request(self, request: Request) -> None:
        said = json.loads(request.body or b"null")
        wrong = {
            "no token": request.headers.get("private-token") != TOKEN,
            "a page of more than 100": int(request.query.get("per_page", "20")) > 100,
            "an unknown parameter": not {*request.query} <= {"page", "per_page"},
            "no body": request.method in {"POST", "PUT"} and not _is_note(said),
        }
        self.violations += [f"{request.path}: {what}" for what, is_so in wrong.items() if is_so]

    def check_answer(self, request: Request, answer: Answer) -> None:
        """Nothing official describes GitLab's answers; `_note` follows the documentation."""

    def route(self, request: Request) -> Answer:
        one = re.fullmatch(rf"{self.ROOT}/notes/(\d+)", request.path)
        member = re.fullmatch(r"/api/v4/projects/acme%2Fpipeline/members/all/(\d+)", request.path)
        if request.path == "/api/v4/user":
            return Answer(200, {"id": 1, "username": self.login})
        if member:
            level = 30 if {self.account(login) for login in self.writers} & {int(member[1])} else 20
            return Answer(200, {"id": int(member[1]), "access_level": level})
        if request.path == self.ROOT:
            return Answer(
                200,
                {
                    "id": 70,
                    "iid": 7,
                    "sha": self.sha,
                    "discussion_locked": self.locked or None,
                    "web_url": "https://gitlab.com/acme/pipeline/-/merge_requests/7",
                },
            )
        if request.path == f"{self.ROOT}/notes" and request.method == "GET":
            return self._list(request)
        if request.path == f"{self.ROOT}/notes":
            return Answer(201, self.note(self.write(json.loads(request.body)["body"])))
        if one and request.method == "DELETE" and (remark := self.find(one[1])):
            return self.remove(remark)
        if one and request.method == "PUT" and (remark := self.find(one[1])):
            remark.body = json.loads(request.body)["body"]
            return Answer(200, self.note(remark))
        return Answer(404, {"message": "404 Not found"})

    def _list(self, request: Request) -> Answer:
        remarks, more = self.page(request)
        page = int(request.query.get("page", "1"))
        headers = {"X-Page": str(page), "X-Next-Page": str(page + 1) if more else ""}
        if more:
            rest = f"per_page={request.query.get('per_page', '20')}&page={page + 1}"
            headers["Link"] = f'<{self.url}{request.path}?{rest}>; rel="next"'
        return Answer(200, list(map(self.note, remarks)), headers)

    @staticmethod
    def account(login: str) -> int:
        return sum(login.encode())

    def note(self, remark: Remark) -> dict[str, Any]:
        return {
            "id": remark.id,
            "body": remark.body,
            "author": {"id": self.account(remark.author), "username": remark.author},
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "system": remark.author == "system",
            "noteable_type": "MergeRequest",
            "noteable_iid": 7,
        }


def _is_note(said: object) -> bool:
    return isinstance(said, Mapping) and {*said} == {"body"} and isinstance(said["body"], str)


#: The servers that run now, by their address.
RUNNING: dict[str, Server] = {}


@contextmanager
def serving(server: Server, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run until the block ends, then show what was not as the API asks."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            query = dict(parse_qsl(parts.query))
            answer = server.exchange(Request(self.command, parts.path, query, headers, body))
            with suppress(ConnectionError):  # a client that gave up waiting
                self.give(answer)

        def give(self, answer: Answer) -> None:
            data, text = answer.data, isinstance(answer.data, str)
            if not isinstance(data, bytes):
                data = data.encode() if text else b"" if data is None else json.dumps(data).encode()
            self.send_response(answer.status)
            self.send_header("Content-Type", "text/html" if text else "application/json")
            if "Content-Length" not in answer.headers and answer.status != 204:
                self.send_header("Content-Length", str(len(data)))
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if "X-Drip" in answer.headers:
                self.drip(float(answer.headers["X-Drip"]))
            self.end_headers()
            self.wfile.write(data)

        def drip(self, seconds: float) -> None:
            """A header that goes on until nobody listens, or for half a minute."""
            self.flush_headers()
            for _ in range(int(30 / seconds)):
                self.wfile.write(b"x")
                time.sleep(seconds)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815 (http.server's names)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (likewise)
            """A test's output is its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        if tls:
            http.socket = tls.wrap_socket(http.socket, server_side=True)
            http.handle_error = lambda *_: None  # type: ignore[method-assign]
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        RUNNING[server.url] = server
        try:
            yield server
        finally:
            del RUNNING[server.url]
            http.shutdown()
            thread.join()
    assert not server.violations, "\n".join(server.violations)
