"""The forges of the table, as their documentation says that they answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from support.forge_server import DATA, TOKEN, Answer, Remark, Request, Server

MOMENT = "2024-05-01T12:00:00Z"


class GitHubServer(Server):
    """`acme/pipeline`, by GitHub's OpenAPI."""

    NAME = "github"
    FORGE = "GitHub"
    HOST = "https://api.github.com"
    DESCRIPTION = "github.json"
    HEAD = "/repos/acme/pipeline/pulls/7"
    COMMENTS = "/repos/acme/pipeline/issues/7/comments"
    COMMENT = r"/repos/acme/pipeline/issues/comments/(\d+)"
    WHO = ("POST", "/graphql")
    MEMBER = r"/repos/acme/pipeline/collaborators/(.+)/permission"
    LIMIT = 65_536

    def account(self) -> dict[str, Any]:
        return {"data": {"viewer": {"login": self.login}}}

    def membership(self, who: str) -> dict[str, Any]:
        permission = "write" if who in self.writers else "read"
        return {"permission": permission, "role_name": permission, "user": None}

    def pull_request(self) -> dict[str, Any]:
        """GitHub's own example, with the head that `sha` tells."""
        answer: dict[str, Any] = json.loads((DATA / "pull-request.json").read_bytes())
        answer["head"] |= {"sha": self.sha}
        answer["locked"] = self.locked
        return answer

    def comment_url(self, number: int) -> str:
        return f"https://github.com/acme/pipeline/pull/7#issuecomment-{number}"

    def comment(self, remark: Remark) -> dict[str, Any]:
        issue = f"{self.url}/repos/acme/pipeline/issues"
        return {
            "id": remark.id,
            "node_id": f"C_{remark.id}",
            "url": f"{issue}/comments/{remark.id}",
            "html_url": self.comment_url(remark.id),
            "issue_url": f"{issue}/7",
            "body": remark.body,
            "author_association": "NONE",
            "user": self._user(remark.author, "Bot" if remark.bot else "User"),
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }

    def _user(self, login: str, kind: str) -> dict[str, Any]:
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
    """Project `acme/pipeline`; the remarks of `system` are GitLab's own."""

    NAME = "gitlab"
    FORGE = "GitLab"
    API = "/api/v4"
    HOST = "https://gitlab.example"
    DESCRIPTION = "gitlab.yaml"
    HEAD = "/projects/acme%2Fpipeline/merge_requests/7"
    COMMENTS = f"{HEAD}/notes"
    COMMENT = rf"{HEAD}/notes/(\d+)"
    MEMBER = r"/projects/acme%2Fpipeline/members/all/(\d+)"
    UPDATE = "PUT"
    LIMIT = 1_000_000
    MESSAGE = "404 Not found"

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("private-token") == TOKEN

    def account(self) -> dict[str, Any]:
        return {"id": 1, "username": self.login}

    def membership(self, who: str) -> dict[str, Any]:
        writers = map(self.number, self.writers)
        return {"id": int(who), "access_level": 30 if int(who) in writers else 20}

    def pull_request(self) -> dict[str, Any]:
        return {
            "id": 70,
            "iid": 7,
            "sha": self.sha,
            "discussion_locked": self.locked or None,
            "web_url": "https://gitlab.com/acme/pipeline/-/merge_requests/7",
        }

    @staticmethod
    def number(login: str) -> int:
        return sum(login.encode())

    def comment_url(self, number: int) -> str:
        return f"https://gitlab.com/acme/pipeline/-/merge_requests/7#note_{number}"

    def comment(self, remark: Remark) -> dict[str, Any]:
        return {
            "id": remark.id,
            "body": remark.body,
            "author": {"id": self.number(remark.author), "username": remark.author},
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "system": remark.author == "system",
            "noteable_type": "MergeRequest",
            "noteable_iid": 7,
        }


class GiteaServer(Server):
    """`acme/pipeline`; the list of comments has no pages."""

    NAME = "gitea"
    FORGE = "Gitea"
    API = "/api/v1"
    HOST = "https://gitea.example"
    DESCRIPTION = "gitea.yaml"
    HEAD = "/repos/acme/pipeline/pulls/7"
    COMMENTS = "/repos/acme/pipeline/issues/7/comments"
    COMMENT = r"/repos/acme/pipeline/issues/comments/(\d+)"
    MEMBER = r"/repos/acme/pipeline/collaborators/(.+)/permission"
    LIMIT = 100_000

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        return headers.get("authorization") == f"token {TOKEN}"

    def account(self) -> dict[str, Any]:
        return {"id": 1, "login": self.login}

    def membership(self, who: str) -> dict[str, Any]:
        return {"permission": "write" if who in self.writers else "read"}

    def pull_request(self) -> dict[str, Any]:
        head, base = {"ref": "work", "sha": self.sha}, {"ref": "main", "sha": "a" * 40}
        return {"number": 7, "is_locked": self.locked, "head": head, "base": base}

    def page(self, request: Request) -> tuple[list[Remark], bool]:  # noqa: ARG002 (all of them)
        return self.remarks, False

    def comment_url(self, number: int) -> str:
        return f"https://gitea.com/acme/pipeline/pulls/7#issuecomment-{number}"

    def comment(self, remark: Remark) -> dict[str, Any]:
        return {
            "id": remark.id,
            "html_url": self.comment_url(remark.id),
            "body": remark.body,
            "user": {"id": 1, "login": remark.author},
            "created_at": MOMENT,
            "updated_at": MOMENT,
        }


class BitbucketServer(Server):
    """`acme/pipeline`; commits are told by twelve digits, pages name the next one in themselves."""

    NAME = "bitbucket"
    FORGE = "Bitbucket"
    API = "/2.0"
    HOST = "https://api.bitbucket.example"
    DESCRIPTION = "bitbucket.yaml"
    HEAD = "/repositories/acme/pipeline/pullrequests/7"
    COMMENTS = f"{HEAD}/comments"
    COMMENT = rf"{HEAD}/comments/(\d+)"
    SIZE = "pagelen"
    UPDATE = "PUT"
    LIMIT = 32_768

    @staticmethod
    def signed(text: str, key: str = "main", configuration: str = "") -> str:
        """Under the definition of a link that nothing uses: a comment in HTML would be shown."""
        return f"[sigclock{configuration}:{key}]: #\n\n{text}"

    def account(self) -> dict[str, Any]:
        return self._user(self.login)

    @staticmethod
    def _user(login: str, kind: str = "user") -> dict[str, Any]:
        return {"type": kind, "uuid": login, "display_name": login}

    def pull_request(self) -> dict[str, Any]:
        sides = {"source": self.sha, "destination": "a" * 40}
        commits = {side: {"commit": {"hash": sha[:12]}} for side, sha in sides.items()}
        return {"type": "pullrequest", "id": 7, **commits}

    def said(self, request: Request) -> str:
        return str(json.loads(request.body)["content"]["raw"])

    def listing(self, found: list[dict[str, Any]], following: str) -> Answer:
        return Answer(200, {"values": found} | ({"next": following} if following else {}))

    def comment_url(self, number: int) -> str:
        return f"https://bitbucket.org/acme/pipeline/pull-requests/7/_/diff#comment-{number}"

    def comment(self, remark: Remark) -> dict[str, Any]:
        by_token = remark.bot or remark.author in self.writers
        return {
            "type": "pullrequest_comment",
            "id": remark.id,
            "content": {"raw": remark.body, "markup": "markdown", "html": "<p>words</p>"},
            "links": {"html": {"href": self.comment_url(remark.id)}},
            "user": self._user(remark.author, "app_user" if by_token else "user"),
            "deleted": False,
            "created_on": MOMENT,
        }


class AzureServer(Server):
    """Repository `pipeline` of project `data science`: a comment is the first one of a thread."""

    NAME = "azure"
    FORGE = "Azure"
    API = "/acme"
    REPOSITORY = "data science/pipeline"
    HOST = "https://dev.azure.example"
    DESCRIPTION = "azure.yaml"
    _PLACE = "/data%20science/_apis/git/repositories/pipeline"
    HEAD = f"{_PLACE}/pullrequests/7"
    COMMENTS = f"{_PLACE}/pullRequests/7/threads"
    COMMENT = rf"{_PLACE}/pullRequests/7/threads/(\d+)/comments/1"
    WHO = ("GET", "/_apis/connectionData")
    SIZE = ""
    CREATED = DELETED = 200
    LIMIT = 150_000

    def is_authorized(self, headers: Mapping[str, str]) -> bool:
        secret = base64.b64encode(f":{TOKEN}".encode()).decode()
        return headers.get("authorization") == f"Basic {secret}"

    def account(self) -> dict[str, Any]:
        return {"authenticatedUser": {"id": self.login}}

    def pull_request(self) -> dict[str, Any]:
        return {
            "pullRequestId": 7,
            "lastMergeSourceCommit": {"commitId": self.sha},
            "repository": {"webUrl": "https://dev.azure.com/acme/data%20science/_git/pipeline"},
        }

    def said(self, request: Request) -> str:
        said = json.loads(request.body)
        (comment,) = said.get("comments", [said])
        return str(comment["content"])

    def listed(self, request: Request) -> Answer:  # noqa: ARG002 (all of them)
        threads = list(map(self.created, self.remarks))
        return Answer(200, {"value": threads, "count": len(threads)})

    def comment_url(self, number: int) -> str:
        place = "https://dev.azure.com/acme/data%20science/_git/pipeline"
        return f"{place}/pullrequest/7?discussionId={number}"

    def created(self, remark: Remark) -> dict[str, Any]:
        return {"id": remark.id, "comments": [self.comment(remark)], "isDeleted": False}

    def comment(self, remark: Remark) -> dict[str, Any]:
        is_service = remark.bot or remark.author in self.writers
        return {
            "id": 1,
            "parentCommentId": 0,
            "author": {"id": remark.author, "descriptor": "svc.x" if is_service else "aad.x"},
            "content": remark.body,
            "commentType": "text",
            "isDeleted": False,
            "publishedDate": MOMENT,
        }


SERVERS: dict[str, type[Server]] = {
    kind.NAME: kind
    for kind in (AzureServer, BitbucketServer, GiteaServer, GitHubServer, GitLabServer)
}
#: A token for each of them.
ENVIRON = {
    "SYSTEM_ACCESSTOKEN": TOKEN,
    "BITBUCKET_TOKEN": TOKEN,
    "GITEA_TOKEN": TOKEN,
    "GITHUB_TOKEN": TOKEN,
    "GITLAB_TOKEN": TOKEN,
}
