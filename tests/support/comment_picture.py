"""The picture of a comment in the documentation, made of what `sigclock comment` prints.

`PYTHONPATH=tests python -m support.comment_picture` draws it anew, with Chromium.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from click.testing import CliRunner
from markdown_it import MarkdownIt

from sigclock.cli.main import cli
from support.git import Repo
from support.paths import DOCS
from support.projects import Project

#: What the picture shows, to notice when it is no longer what is printed.
WORDS = Path(__file__).with_suffix(".md")
PICTURE = DOCS / "comment.png"

MODELS = """\
from dataclasses import dataclass

@dataclass
class Metrics:
    loss: float
"""
FLOW = """\
from flytekit import task
from models import Metrics

@task(cache=True, cache_version="1.0")
def train(rows: int) -> Metrics: ...

@task(cache=True, cache_version="2.3")
def tune(rows: int) -> Metrics: ...

@task(cache=True, cache_version="1.4")
def evaluate(metrics: Metrics) -> float: ...

@task(cache=True, cache_version="1.0")
def baseline(rows: int) -> list[float]: ...
"""
VOID = """
@task(cache=True, cache_version="1.0")
def publish(metrics: Metrics) -> None: ...
"""
STYLE = """\
body { margin: 16px; font: 16px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; }
.comment { border: 1px solid #d1d9e0; border-radius: 6px; max-width: 1100px; }
.head { padding: 8px 16px; background: #f6f8fa; border-bottom: 1px solid #d1d9e0; color: #59636e; }
.head b { color: #1f2328; }
.body { padding: 8px 24px; }
code { background: #eff1f3; border-radius: 6px; padding: 2px 6px; font-size: 85%; }
table { border-collapse: collapse; }
td, th { border: 1px solid #d1d9e0; padding: 6px 13px; text-align: left; }
tr:nth-child(even) { background: #f6f8fa; }
"""
CHROMIUM = ("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def words() -> str:
    """What the comment says of a small change; a bump was made, and one task was forgotten."""
    with tempfile.TemporaryDirectory() as place:
        project = Project(Repo.init(Path(place) / "forecast").path)
        project.write_all({"models.py": MODELS, "flow.py": FLOW})
        project.update()
        project.commit("first")
        project.write("models.py", MODELS + "    bias: float = 0.0\n")
        project.update()
        forgotten = project.read("flow.py").replace("list[float]", "list[float | None]")
        project.write("flow.py", forgotten + VOID)
        project.commit("change")
        arguments = ["-C", str(project.path), "comment", "--base", "HEAD~1", "--dry-run"]
        done = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert done.exception is None, done.exception
        return done.stdout


def main() -> None:
    text = words()
    WORDS.write_text(text, encoding="utf-8")
    body = MarkdownIt("gfm-like", {"html": True}).render(text)
    head = "<b>github-actions</b> bot commented"
    page = (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style><div class="comment">'
        f'<div class="head">{head}</div><div class="body">{body}</div></div>'
    )
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "comment.html"
        file.write_text(page, encoding="utf-8")
        shot = (f"--screenshot={PICTURE}", "--window-size=1140,550")
        subprocess.run(
            [*CHROMIUM, f"--user-data-dir={place}/profile", *shot, file.as_uri()],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    main()
