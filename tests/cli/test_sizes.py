"""However large a change is and whatever its names are, its comment is short and inert."""

from __future__ import annotations

import re
from pathlib import Path

from markdown_it import MarkdownIt
from support.forge_server import serving
from support.forge_servers import GitHubServer
from support.reviews import Author, actions, sigclock

LONG = "x" * 10_000
MEMBERS = (
    "'@everyone'",
    "'<img src=x onerror=y>'",
    "'</code></details>'",
    "'a|b'",
    "'`a`'",
    "'[a](javascript:b)'",
    "'<!-- sigclock:. -->'",
    "'::error::x'",
    "'\\x1b[31m'",
    "'\\u202e'",
    f"'{LONG}'",
)
TASK = "@task(cache=True, cache_version='1')\ndef f{0}() -> Literal[{1}]: ...\n\n"
HEAD = "from typing import Literal\nfrom flytekit import task\n\n"


def comment_on(author: Author, place: Path) -> str:
    with serving(GitHubServer()) as server:
        sigclock(author.path, "comment", environ=actions(author, place, server.url))
        return server.remarks[0].body


def test_hostile_literals_files_and_projects_are_inert(tmp_path: Path) -> None:
    folder = "a<b>@everyone/`c`|"
    before = {
        f"{folder}/pyproject.toml": "[tool.sigclock]\n",
        "pyproject.toml": "[tool.sigclock]\n",
    }
    names = [f"{folder}/x.py", "[a](javascript:b).py", "@everyone.py"]
    tasks = [HEAD + TASK.format(index, "'old'") for index in range(len(names))]
    author = Author.at(tmp_path / "author", {**before, **dict(zip(names, tasks, strict=True))})
    wanted = [HEAD + TASK.format(index, ", ".join(MEMBERS)) for index in range(len(names))]
    author.push(dict(zip(names, wanted, strict=True)))
    html = MarkdownIt("gfm-like", {"html": True}).render(comment_on(author, tmp_path))
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert set(re.findall(r"<(?!/)[^>]*>", outside)) <= OURS
    assert "everyone" not in outside


OURS = {
    "<!-- sigclock:. -->",
    "<p>", "<strong>", "<table>", "<thead>", "<tbody>", "<tr>", "<th>", "<td>", "<br>",
    "<details>", "<summary>", "<ul>", "<li>",
}  # fmt: skip


def test_a_thousand_changes_are_cut_at_a_row_and_whole_in_the_summary(tmp_path: Path) -> None:
    numbers = range(1000)
    author = Author.at(tmp_path / "author", {"big.py": HEAD})
    before = "".join(TASK.format(number, f"'{number}'") for number in numbers)
    author.push({"big.py": HEAD + before}, locked=True)
    author.git("branch", "-f", "main", "work")
    author.push({"big.py": HEAD + before.replace("Literal['", "Literal['new ")})
    body = comment_on(author, tmp_path)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert 60_000 < len(body) <= 65_536
    said = re.findall(
        r"^Left out for length: (\d+) table rows, (\d+) detail lines\. The job's summary",
        body,
        re.MULTILINE,
    )
    assert len(said) == 1
    assert int(said[0][0]) + body.count("\n| `big.f") == len(numbers)
    assert len(summary.encode()) <= 1024 * 1024
    assert summary.count("\n| `big.f") == len(numbers)
