"""A forge on the loopback that keeps comments and holds every exchange against its description."""

from __future__ import annotations

import json
import re
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from sigclock.forges.comment import Target

DATA = Path(__file__).parent.parent / "forges/data"
TOKEN = "s3cret-token"  # noqa: S105 (it opens nothing)


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
    """One pull request, 7, and its comments; a subclass knows the routes and what they answer.

    Requests and answers have to fit the API's description, `DESCRIPTION`, unless `is_checked` is
    cleared; what is not there is 404, also where the description does not say so.
    """

    #: The name in the table of forges, and the one that people are told.
    NAME = ""
    FORGE = ""
    #: The path of the API on its host, and the repository on it.
    API = ""
    REPOSITORY = "acme/pipeline"
    #: The address at which the described API is, without its path.
    HOST = ""
    DESCRIPTION = ""
    #: Paths below `API`: the pull request, its comments, one of them (by its number), the account.
    HEAD = ""
    COMMENTS = ""
    COMMENT = ""
    WHO = ("GET", "/user")
    #: Who asks whether somebody may write: a path with that account.
    MEMBER = r"(?!)"
    #: The parameter with the size of a page; empty if there are none.
    SIZE = "per_page"
    UPDATE = "PATCH"
    CREATED = 201
    DELETED = 204
    #: The most characters that a comment may have.
    LIMIT = 0
    MESSAGE = "Not Found"

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
        self.is_checked = True

    @property
    def target(self) -> Target:
        """Where the comment goes, with the two commits that this server knows."""
        return Target(f"{self.url}{self.API}", self.REPOSITORY, 7, "a" * 40, "b" * 40)

    def exchange(self, request: Request) -> Answer:
        self.requests.append(f"{request.method} {request.path}")
        if not self.is_authorized(request.headers):
            self.violations.append(f"{request.path}: no token")
        self.hold(request, None)
        for fault in [*self.faults]:
            if fault.hits(request):
                time.sleep(fault.delay)
                if fault.once:
                    self.faults.remove(fault)
                return fault.answer
        answer = self.route(request)
        if answer.status != 404:
            self.hold(request, answer)
        return answer

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"Bearer {TOKEN}"

    def hold(self, request: Request, answer: Answer | None) -> None:
        """Note what does not fit the description."""
        if not self.is_checked or not self.DESCRIPTION or request.path == "/graphql":
            return
        asked = MockRequest(
            self.HOST,
            request.method,
            request.path,
            args=request.query,
            headers=request.headers,
            data=request.body,
        )
        api = _openapi(self.DESCRIPTION)
        try:
            if answer is None:
                api.validate_request(asked)
            else:
                data = b"" if answer.data is None else json.dumps(answer.data).encode()
                api.validate_response(asked, MockResponse(data, answer.status))
        except Exception as error:  # noqa: BLE001 (whatever it is, the test has to show it)
            self.violations.append(
                f"{request.method} {request.path}: {error!r} {error.__cause__!r}"
            )

    def route(self, request: Request) -> Answer:
        path = request.path.removeprefix(self.API)
        one = re.fullmatch(self.COMMENT, path)
        member = re.fullmatch(self.MEMBER, path)
        if (request.method, path) == self.WHO:
            return Answer(200, self.account())
        if path == self.HEAD:
            return Answer(200, self.pull_request())
        if path == self.COMMENTS and request.method == "GET":
            return self.listed(request)
        if path == self.COMMENTS:
            return Answer(self.CREATED, self.created(self.write(self.said(request))))
        if member:
            return Answer(200, self.membership(unquote(member[1])))
        if one and (remark := self.find(one[1])):
            if request.method == "DELETE":
                self.remarks.remove(remark)
                return Answer(self.DELETED, None)
            remark.body = self.said(request)
            return Answer(200, self.comment(remark))
        return Answer(404, {"message": self.MESSAGE})

    def said(self, request: Request) -> str:
        """The text that a request wants a comment to have."""
        return str(json.loads(request.body)["body"])

    def account(self) -> dict[str, Any]:
        raise NotImplementedError

    def membership(self, who: str) -> dict[str, Any]:
        raise NotImplementedError

    def pull_request(self) -> dict[str, Any]:
        raise NotImplementedError

    def comment(self, remark: Remark) -> dict[str, Any]:
        raise NotImplementedError

    def created(self, remark: Remark) -> dict[str, Any]:
        """What the answer to a new comment is."""
        return self.comment(remark)

    def comment_url(self, number: int) -> str:
        """Where people see it."""
        raise NotImplementedError

    def listed(self, request: Request) -> Answer:
        """The page that is asked for."""
        remarks, more = self.page(request)
        return self.listing(list(map(self.comment, remarks)), self.next(request) if more else "")

    def listing(self, found: list[dict[str, Any]], following: str) -> Answer:
        """A page, with the next one's address in a header if there is one."""
        return Answer(200, found, {"Link": f'<{following}>; rel="next"'} if following else {})

    @staticmethod
    def signed(text: str, key: str = "main", configuration: str = "") -> str:
        """Our comment with that text, as the forge keeps it."""
        return f"<!-- sigclock{configuration}:{key} -->\n{text}"

    def say(self, author: str, body: str, *, bot: bool = False) -> Remark:
        remark = Remark(next(self._ids), author, body, bot=bot)
        self.remarks.append(remark)
        return remark

    def write(self, body: str) -> Remark:
        """A comment by the token's account."""
        assert len(body) <= self.LIMIT
        return self.say(self.login, body, bot=self.login.endswith("[bot]"))

    def page(self, request: Request) -> tuple[list[Remark], bool]:
        """The remarks of one page, and whether another follows."""
        many = min(100, int(request.query.get(self.SIZE, "30")))
        start = many * (int(request.query.get("page", "1")) - 1)
        return self.remarks[start : start + many], start + many < len(self.remarks)

    def next(self, request: Request) -> str:
        """The address of the page behind this one."""
        page = int(request.query.get("page", "1"))
        rest = "".join(f"{key}={value}&" for key, value in request.query.items() if key != "page")
        return f"{self.url}{request.path}?{rest}page={page + 1}"

    def find(self, number: str) -> Remark | None:
        return next((remark for remark in self.remarks if remark.id == int(number)), None)


@cache
def _openapi(name: str) -> OpenAPI:
    return OpenAPI.from_file_path(str(DATA / name))


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
