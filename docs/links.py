"""Links from a page to a file that is no page: on the site they lead to the repository."""

from __future__ import annotations

import posixpath
import re
from typing import Any

_OUTSIDE = re.compile(r"\]\(((?:\.\./)+[^)\s#]+)(#[^)\s]*)?\)")


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Make each link that leaves `docs/` an address."""
    folder = posixpath.dirname(f"docs/{page.file.src_uri}")

    def address(match: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(folder, match[1]))
        if place.startswith("docs/"):
            return match[0]
        return f"]({config.repo_url}/blob/main/{place}{match[2] or ''})"

    return _OUTSIDE.sub(address, markdown)
