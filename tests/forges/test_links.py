"""Where a comment's links lead: to a line of a file, at the head of the pull request."""

from __future__ import annotations

import msgspec
import pytest
from support.forge_servers import SERVERS

from sigclock.forges import FORGES, links
from sigclock.forges.comment import Target

HEAD = "b" * 40
WEB = "https://forge.example/acme/pipeline"
TARGET = Target("", "acme/pipeline", 7, "", HEAD, web_url=WEB)
#: The address of line 7 of `src/a b#c.py`.
ADDRESSES = {
    "azure": f"{WEB}?path=/src/a%20b%23c.py&version=GC{HEAD}"
    "&line=7&lineEnd=7&lineStartColumn=1&lineEndColumn=1000",
    "bitbucket": f"{WEB}/src/{HEAD}/src/a%20b%23c.py#lines-7",
    "gitea": f"{WEB}/src/commit/{HEAD}/src/a%20b%23c.py#L7",
    "github": f"{WEB}/blob/{HEAD}/src/a%20b%23c.py#L7",
    "gitlab": f"{WEB}/-/blob/{HEAD}/src/a%20b%23c.py#L7",
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_line_of_a_file(name: str) -> None:
    address = links.of(FORGES[name].file, TARGET)
    assert address is not None
    assert address("src/a b#c.py", 7) == ADDRESSES[name]


def test_a_name_in_the_address_is_left_out() -> None:
    web = "https://acme@dev.azure.com/acme/data science/_git/pipeline"
    address = links.of("{web}:{path}", msgspec.structs.replace(TARGET, web_url=web))
    assert address is not None
    assert address("a", 1) == "https://dev.azure.com/acme/data%20science/_git/pipeline:a"


@pytest.mark.parametrize(
    "changes",
    [
        {"web_url": ""},
        {"web_url": "javascript:x"},
        {"web_url": "https://x.y/a)b"},
        {"web_url": "https://[x"},
        {"head": ""},
        {"head": "b" * 12},
        {"head": "work"},
    ],
    ids=str,
)
def test_no_link_where_its_address_cannot_be_told(changes: dict[str, str]) -> None:
    assert links.of("{web}", msgspec.structs.replace(TARGET, **changes)) is None
