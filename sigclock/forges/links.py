"""Addresses of lines of files on a forge, at the head of the pull request."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from sigclock.forges.comment import Target

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Nothing in an address may end the link that it stands in.
_ADDRESS = re.compile(r"https?://[\w.:-]+(?:/[\w.~%+:@-]+)*/?", re.ASCII)


def of(template: str, target: Target) -> Callable[[str, int], str] | None:
    """The address of a path's line, as the forge's template has it; None if it cannot be told."""
    web = _without_user(target.web_url)
    commit = target.head
    if not _ADDRESS.fullmatch(web) or not _COMMIT.fullmatch(commit):
        return None

    def address(path: str, line: int) -> str:
        quoted = quote(path, safe="/", errors="surrogatepass")
        return template.format(web=web.rstrip("/"), commit=commit, path=quoted, line=max(1, line))

    return address


def _without_user(url: str) -> str:
    """The address without a name or a password; blank space, as in Azure's names, is quoted."""
    try:
        parts = urlsplit(url.replace(" ", "%20"))
    except ValueError:
        return ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
