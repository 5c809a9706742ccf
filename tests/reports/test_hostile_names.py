"""A name is text that anybody may write: no reporter lets it be anything but text."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import markdown as python_markdown  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from report_samples import hostile

from sigclock.reports import REPORTERS, markdown, markdown_links, markdown_plain
from sigclock.verdict.finding import Report
from sigclock.verdict.wording import inert

NASTY = (
    "::error::x",
    "\n::set-output name=a::b",
    "##[add-path]/tmp",
    "##vso[task.setvariable variable=a]b",
    "\x1b[31mred",
    "\u202egnp.exe",
    "a|b",
    "`a`b``c```",
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "<!-- sigclock -->",
    "</code></details>",
    "@everyone",
    "[a](javascript:b)",
    "![a](https://example.org/b.png)",
    "https://example.org",
    "www.example.org",
    "me@example.org",
    "a\r\n\r\n# title",
    "| a |\n|---|",
    "]]>",
    "%0A%25",
    "\ud800",
    "\ufffe\x00\x7f\x85\u2028",
    "&lt;b&gt;",
    "\\|\\`",
    "$$a$$",
    "a" * 10_000,
    "",
)
NAMES = (
    st.sampled_from(NASTY) | st.lists(st.sampled_from(NASTY), max_size=3).map("".join) | st.text()
)
#: The reporters that write JSON put every other character as an escape.
ASCII = {"json", "gitlab", "rdjson", "sarif"}


@pytest.mark.parametrize("reporter", sorted(REPORTERS))
@given(name=NAMES)
def test_no_control_reaches_a_terminal(reporter: str, name: str) -> None:
    told = REPORTERS[reporter](hostile(name))
    assert [line for line in told.split("\n") if not line.isprintable()] == []
    assert told.isascii() or reporter not in ASCII


@pytest.mark.parametrize("reporter", ["text", "markdown", "junit"])
@given(name=NAMES)
def test_no_line_is_a_command_to_a_build_server(reporter: str, name: str) -> None:
    told = REPORTERS[reporter](hostile(name))
    assert "##" not in told
    assert [line for line in told.splitlines() if line.lstrip().startswith("::")] == []


@given(name=NAMES)
def test_workflow_commands_are_only_ours(name: str) -> None:
    told = REPORTERS["github"](hostile(name)).splitlines()
    heads = [line.split(" ")[0].partition("::")[2].partition("::")[0] for line in told]
    assert heads == [line.split(" ")[0].partition("::")[2].partition("::")[0] for line in PLAIN]
    assert all(re.fullmatch(r"::\w+ [^:\n]*::[^\n]*", line) for line in told)


PLAIN = REPORTERS["github"](hostile("a")).splitlines()


@given(name=NAMES)
def test_logging_commands_are_only_ours(name: str) -> None:
    """An agent looks for a command anywhere in a line, and for the first bracket that ends it."""
    told = REPORTERS["azure"](hostile(name)).splitlines()
    heads = [line.partition("]")[0] for line in told]
    assert [head.count("##") for head in heads] == [head.count("##") for head in AZURE]
    assert [head.count(";") for head in heads] == [head.count(";") for head in AZURE]
    assert [line for line in told if line.partition("]")[2].count("##")] == []


AZURE = [line.partition("]")[0] for line in REPORTERS["azure"](hostile("a")).splitlines()]


@pytest.mark.parametrize("reporter", sorted(ASCII))
@given(name=NAMES)
def test_json_stays_json(reporter: str, name: str) -> None:
    json.loads(REPORTERS[reporter](hostile(name)))


@given(name=NAMES)
def test_xml_stays_xml(name: str) -> None:
    assert _tags(hostile(name)) == _tags(hostile("a"))


def _tags(report: Report) -> list[str]:
    root = ET.fromstring(REPORTERS["junit"](report))  # noqa: S314 (our own output)
    return [element.tag for element in root.iter()]


@given(name=NAMES)
def test_markdown_renders_to_our_own_markup_only(name: str) -> None:
    assert _markup(markdown.body(hostile(name))) == OURS


@given(name=NAMES)
def test_markdown_without_html_has_no_markup_but_ours(name: str) -> None:
    assert _plain_markup(markdown.body(hostile(name))) == PLAIN_OURS


@given(name=NAMES, limit=st.integers(1000, 70_000))
def test_a_comment_keeps_its_limit(name: str, limit: int) -> None:
    """With links and without, and as a forge without HTML gets it."""
    report = hostile(name)
    body = markdown.body(report, limit)
    linked = markdown_links.linked(body, report, _address, limit)
    assert max(map(len, (body, linked, markdown_plain.without_html(linked)))) <= limit


@given(name=NAMES)
def test_a_link_leads_to_the_forge_and_shows_what_was_there(name: str) -> None:
    report = hostile(name)
    body = markdown.body(report)
    linked = markdown_links.linked(body, report, _address, None)
    assert re.sub(r"\[(`[^`]+`|<code>[^<]*</code>)\]\(https://x\.y/1\)", r"\1", linked) == body
    html = MarkdownIt("gfm-like", {"html": True}).render(linked)
    assert {*re.findall(r'href="([^"]*)"', html)} == {"https://x.y/1"}


def _address(path: str, line: int) -> str:
    assert (path, line) != ("", 0)
    return "https://x.y/1"


@given(told=st.from_type(Report), limit=st.integers(1000, 70_000))
def test_a_report_from_elsewhere_is_shown_whatever_it_says(told: Report, limit: int) -> None:
    sent = msgspec.json.decode(msgspec.json.encode(told), type=Report)
    assert len(markdown.body(sent, limit)) <= limit
    assert [name for name in REPORTERS if not isinstance(REPORTERS[name](sent), str)] == []


@given(text=st.text(), limit=st.integers(60, 200))
def test_inert_text_is_printable_and_short(text: str, limit: int) -> None:
    assert inert(text, limit).isprintable()
    assert len(inert(text, limit)) <= limit


def _markup(body: str) -> set[str]:
    """The HTML that a forge would make of it, with code and text left out."""
    engine = MarkdownIt("gfm-like", {"html": True})
    html = engine.render(body)
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert "@" not in outside
    return set(re.findall(r"<[^>]*>", outside))


def _plain_markup(body: str) -> list[str]:
    """The same of Bitbucket's Markdown, which shows every tag as text; cells are counted."""
    text = markdown_plain.without_html(body)
    html = python_markdown.markdown(text, extensions=["tables", "sane_lists"])
    outside = re.sub(r"<code>.*?</code>", "", html, flags=re.DOTALL)
    assert "@" not in outside
    return sorted(set(re.findall(r"<[^>]*>", outside))) + ["<td>"] * html.count("<td>")


OURS = _markup(markdown.body(hostile("a.b")))
PLAIN_OURS = _plain_markup(markdown.body(hostile("a.b")))
