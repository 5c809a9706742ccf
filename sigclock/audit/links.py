"""Where a forge shows a commit, as far as the remote's address tells it."""

from __future__ import annotations

import re

#: `git@host:owner/name.git`, `ssh://git@host/owner/name`, `https://host/owner/name.git`.
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://(?:[^@/]*@)?(?P<host>[\w.-]+)(?::\d+)?/|(?:[\w.-]+@)?(?P<short>[\w.-]+):)"
    r"(?P<path>[\w.~-]+(?:/[\w.~-]+)+?)/?"
)
_COMMITS = {"github": "/commit/", "gitlab": "/-/commit/", "bitbucket": "/commits/"}


def commits(remote: str) -> str:
    """The address of a commit without its id; "" for a forge that is not known."""
    match = _REMOTE.fullmatch(remote)
    host = (match["host"] or match["short"]) if match else ""
    forge = next((name for name in _COMMITS if name in host), None)
    if match is None or forge is None:
        return ""
    return f"https://{host}/{match['path'].removesuffix('.git')}{_COMMITS[forge]}"
