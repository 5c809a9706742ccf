"""A forge is one file and one line, and nothing else knows of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.extending import extended, run, stale_project

FORGE = '''\
"""A forge that takes whatever is put to it."""

from sigclock.forges.client import Client
from sigclock.forges.comment import PostResult, Target, sign, token_from

LIMIT = 1000
API_URL = "http://mine.invalid"
CI = "Mine CI"
TOKEN = "MINE_TOKEN"
TOKENS = (TOKEN,)
SUMMARY = "MINE_SUMMARY"
FILE = "{web}/{commit}/{path}:{line}"
HTML = True


def detect(environ):
    if environ.get("MINE_CI") != "true":
        return None
    return Target(environ["MINE_API"], "acme/mine", 7, environ["MINE_BASE"], "")


def post(target, messages, environ, timeout=30):
    headers = {"Authorization": token_from(environ, TOKENS)}
    client = Client("Mine", target.api_url, headers, "Ask Mine for a token.", timeout)
    path = f"/{target.repository}/{target.number}"
    url = client.send("PUT", path, [sign(message) for message in messages], str)
    return [PostResult("created", url) for _ in messages]
'''


def words(text: str) -> str:
    return " ".join(text.split())


class Listener(BaseHTTPRequestHandler):
    """Keeps what was put to it."""

    heard: list[tuple[str, str | None, list[str]]]

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'"http://mine.invalid/7"')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    Listener.heard = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


def test_a_forge(tmp_path: Path, server: ThreadingHTTPServer) -> None:
    stale = stale_project(tmp_path / "project")
    line = '    "gitlab": _forge("gitlab"),'
    table = (line, f'{line}\n    "mine": _forge("mine"),')
    env = extended(tmp_path / "copy", "forges/mine.py", FORGE, "forges/__init__.py", table)
    told = words(run(stale.path, env, "comment", "--help")[1])
    assert "GitHub Actions, GitLab CI, Mine CI or the options" in told
    assert "GITHUB_TOKEN, GITLAB_TOKEN or MINE_TOKEN." in told
    assert "--forge [azure|bitbucket|gitea|github|gitlab|mine]" in told

    named = ("comment", "--forge", "mine", "--base", "HEAD~1", "--dry-run")
    status, body, _ = run(stale.path, env, *named)
    assert (status, "fit.fit" in body) == (1, True)
    assert len(body) <= 1000

    ci = {
        "MINE_CI": "true",
        "MINE_API": f"http://127.0.0.1:{server.server_address[1]}",
        "MINE_BASE": stale.git("rev-parse", "HEAD~1"),
        "MINE_TOKEN": "open-sesame",
        "MINE_SUMMARY": str(tmp_path / "summary.md"),
    }
    said = run(stale.path, env | ci, "comment")
    assert said == (1, "", "sigclock: commented http://mine.invalid/7\n")
    ((path, token, bodies),) = Listener.heard
    assert (path, token) == ("/acme/mine/7", "open-sesame")
    assert [one.startswith("<!-- sigclock:. -->\n") for one in bodies] == [True]
    assert "fit.fit" in (tmp_path / "summary.md").read_text(encoding="utf-8")
