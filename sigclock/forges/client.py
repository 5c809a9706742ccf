"""HTTP to the one address that a token was given for: no other host, port or scheme sees it."""

from __future__ import annotations

import base64
import email.utils
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
from threading import Timer
from typing import Any, Protocol, TypeVar
from urllib.parse import SplitResult, unquote, urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import msgspec

from sigclock import __version__
from sigclock.forges.comment import ForgeError, Refusal, odd_answer, refused, strayed, unreachable

_PORTS = {"http": 80, "https": 443}
_KINDS: dict[str, type[HTTPConnection]] = {"http": HTTPConnection, "https": HTTPSConnection}
#: These repeat the request elsewhere; `SEE_OTHER` would turn a comment into a question.
_REDIRECTS = (301, 302, 307, 308)
_MOST_REDIRECTS = 5
#: In bytes: a hundred comments of the longest kind have less.
_LARGEST = 64 * 1024 * 1024
_MOST_PAGES = 500
_JSON = {"Content-Type": "application/json"}
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_NEXT = re.compile(r";\s*rel=(?:next\b|\"next\")")
#: Seconds for all requests together, as a multiple of what one may take.
_REQUESTS = 10


class Page(Protocol):
    """A page of a list that names its successor itself; empty is the last."""

    @property
    def next(self) -> str: ...


_T = TypeVar("_T")
_P = TypeVar("_P", bound=Page)


class Reply(msgspec.Struct, frozen=True):
    """An answer that is no refusal; `url` is where it was found, after redirects."""

    data: bytes
    headers: HTTPMessage
    url: str


class Client:
    """A forge's API: JSON in and out, at `api_url` and below its host.

    `headers` hold the token, `permission` is advice for a token that may not. Whatever the forge
    answers, a method gives what was asked for or raises `ForgeError`. `timeout` is in seconds.
    """

    def __init__(
        self, forge: str, api_url: str, headers: Mapping[str, str], permission: str, timeout: float
    ) -> None:
        self._forge = forge
        self._home = _address(api_url)
        self._headers = {
            "Accept": "application/json",
            "User-Agent": f"sigclock/{__version__}",
            **headers,
        }
        self._secrets = tuple(filter(None, _secrets(headers.values())))
        self._permission = permission
        self._timeout = timeout
        self._end = time.monotonic() + _REQUESTS * timeout

    def get(self, path: str, kind: type[_T]) -> _T:
        return self._decoded(self._ask("GET", self._url(path)), kind)

    def pages(self, path: str, kind: type[_T]) -> Iterator[_T]:
        """The entries of all pages, as `Link: <…>; rel="next"` joins them."""

        def entries(reply: Reply) -> tuple[list[_T], str]:
            link = _next(reply.headers.get_all("Link") or [])
            return self._decoded(reply, list[kind]), link  # type: ignore[valid-type]

        for page in self._walk(path, entries):
            yield from page

    def chain(self, path: str, kind: type[_P]) -> Iterator[_P]:
        """The pages of a list, as each names the next one in itself."""

        def page(reply: Reply) -> tuple[_P, str]:
            found = self._decoded(reply, kind)
            return found, found.next

        return self._walk(path, page)

    def _walk(self, path: str, read: Callable[[Reply], tuple[_T, str]]) -> Iterator[_T]:
        """Pages, as `read` gives each of them with the link to the next one."""
        url = self._url(path)
        for _ in range(_MOST_PAGES):
            reply = self._ask("GET", url)
            found, link = read(reply)
            yield found
            if not link:
                return
            url = self._at_home(reply.url, link, "names as its next page")
        raise odd_answer(self._forge, f"more than {_MOST_PAGES} pages of comments")

    def send(self, method: str, path: str, body: object, kind: type[_T]) -> _T:
        data = msgspec.json.encode(body)
        return self._decoded(self._ask(method, self._url(path), data), kind)

    def delete(self, path: str) -> None:
        self._ask("DELETE", self._url(path))

    def _url(self, path: str) -> str:
        return self._home.geturl().rstrip("/") + path

    def _decoded(self, reply: Reply, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(reply.data, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise odd_answer(self._forge, "something else than its API promises") from error

    def _ask(self, method: str, url: str, data: bytes | None = None) -> Reply:
        """Ask, and ask again where the same host says that the answer is now."""
        for _ in range(_MOST_REDIRECTS + 1):
            status, reply = self._exchange(method, url, data)
            if status < HTTPStatus.MULTIPLE_CHOICES:
                return reply
            if status not in _REDIRECTS or "Location" not in reply.headers:
                raise refused(self._refusal(status, reply), self._permission)
            url = self._at_home(url, reply.headers["Location"], f"answered {status} and leads to")
        raise odd_answer(self._forge, "one redirect after another")

    def _at_home(self, url: str, link: str, what: str) -> str:
        """Where a link leads to; an error if that is not the token's own host, port and scheme."""
        try:
            there = urlsplit(urljoin(url, link))
            place = _origin(there)
        except ValueError as error:
            raise odd_answer(self._forge, "a broken link") from error
        if place != _origin(self._home):
            shown = f"{place[0]}://{place[1]}:{place[2]}" if place[1] else place[0]
            raise strayed(self._forge, what, self._without_secrets(shown))
        return there._replace(fragment="").geturl()

    def _exchange(self, method: str, url: str, data: bytes | None) -> tuple[int, Reply]:
        """One request to our own host, whatever host `url` names."""
        parts = urlsplit(url)
        target = parts._replace(scheme="", netloc="").geturl() or "/"
        headers = self._headers if data is None else _JSON | self._headers
        end = min(self._end, time.monotonic() + self._timeout)
        try:
            with _connected(self._home, end) as connection:
                connection.request(method, target, body=data, headers=headers)
                answer = connection.getresponse()
                content = answer.read(_LARGEST + 1)
            _left(end)  # what was cut off may look like a whole answer
        except (OSError, HTTPException, ValueError) as error:
            late = time.monotonic() >= end
            raise unreachable(self._forge, TimeoutError() if late else error) from error
        if len(content) > _LARGEST:
            raise odd_answer(self._forge, f"more than {_LARGEST // 2**20} MB")
        return answer.status, Reply(content, answer.headers, url)

    def _refusal(self, status: int, reply: Reply) -> Refusal:
        """GitHub limits rates with 403 as well as with 429; headers tell a limit from a refusal.

        https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
        """
        wait = _seconds(reply.headers.get("Retry-After", ""))
        spent = reply.headers.get("X-RateLimit-Remaining") == "0"
        if status == HTTPStatus.FORBIDDEN and (wait is not None or spent):
            status = HTTPStatus.TOO_MANY_REQUESTS
        return Refusal(self._forge, status, self._without_secrets(_reason(status, reply)), wait)

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def basic(name: str, password: str) -> str:
    """A name and a password as an `Authorization`, by https://www.rfc-editor.org/rfc/rfc7617."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _secrets(headers: Iterable[str]) -> Iterator[str]:
    """Each spelling of the token that is in a header, the longest first."""
    for header in headers:
        scheme, _, credentials = header.rpartition(" ")
        yield header
        yield credentials
        if scheme == "Basic":
            yield base64.b64decode(credentials).decode().partition(":")[2]


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        good = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or set(url) & set(" @?#\\"):
        raise ForgeError(
            "the address of the forge's API cannot be used",
            advice="Give --api-url http:// or https:// with a host, and no user name in it.",
        )
    return parts


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


@contextmanager
def _connected(home: SplitResult, end: float) -> Iterator[HTTPConnection]:
    """A connection, through the proxy that the environment names, cut off at `end`.

    A socket's own time limit starts anew with each byte, so a slow answer would never end.
    """
    connection = _connection(home, _left(end))
    connection.connect()
    guard = Timer(_left(end), _cut, [connection.sock])
    guard.daemon = True
    guard.start()
    try:
        yield connection
    finally:
        guard.cancel()
        connection.close()


def _left(end: float) -> float:
    """The seconds until `end`; an error if there are none."""
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _cut(sock: socket.socket) -> None:
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


def _connection(home: SplitResult, timeout: float) -> HTTPConnection:
    scheme, host, port = _origin(home)
    kind = _KINDS[scheme]
    proxy = None if proxy_bypass(host) else getproxies().get(scheme)
    if not proxy:
        return kind(host, port, timeout=timeout)
    through = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    connection = kind(through.hostname or "", through.port or _PORTS["http"], timeout=timeout)
    connection.set_tunnel(host, port, _proxy_headers(through))
    return connection


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    name, password = unquote(proxy.username), unquote(proxy.password or "")
    return {"Proxy-Authorization": basic(name, password)}


def _next(links: list[str]) -> str:
    """The address with `rel="next"`, as https://www.rfc-editor.org/rfc/rfc8288 has it."""
    for address, parameters in _LINK.findall(",".join(links)):
        if _NEXT.search(parameters):
            return str(address)
    return ""


def _seconds(text: str) -> int | None:
    """The seconds that `Retry-After` names, as a number or as a date; None if it names none."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return int(text[:9])
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0, round((moment - datetime.now(timezone.utc)).total_seconds()))


def _reason(status: int, reply: Reply) -> str:
    """What the forge says, else what the status means."""
    try:
        said: Any = msgspec.json.decode(reply.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        said = None
    if isinstance(said, dict) and (words := said.get("message") or said.get("error")):
        return str(words.get("message", words) if isinstance(words, dict) else words)
    return next((known.phrase for known in HTTPStatus if known == status), "no reason")
