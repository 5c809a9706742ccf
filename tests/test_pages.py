"""What the README and the documentation show is what happens, and every link leads somewhere."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from support import comment_picture, pages, picture
from support.pages import ADDRESS, Block, blocks
from support.paths import DOCS, README, ROOT
from support.reference import SECTIONS

from sigclock.cli.main import VERBS, cli
from sigclock.project import config
from sigclock.verdict.rules import RULES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGES = {pages.name_of(page): page.read_text(encoding="utf-8") for page in pages.pages()}
BLOCKS = [(name, text, block) for name, text in PAGES.items() for block in blocks(text)]
#: As the README and `.ci/run` write a chain of commands.
CALL = re.compile(r"(?:^|\s|/|`)sigclock ([^#\n`]+)")
LINK = re.compile(rf"\]\({ADDRESS}/(?:blob|tree)/main/([^)#]+)")


def spoken(name: str, block: Block) -> str:
    return f"{name}:{block.line}"


def commands() -> list[list[str]]:
    """The arguments of each call in a shell block, once each."""
    calls = [call for _, _, b in BLOCKS if b.language == "sh" for call in CALL.findall(b.text)]
    return [call.split() for call in dict.fromkeys(map(str.strip, calls)) if call]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_happens(name: str, tmp_path: Path) -> None:
    everything = "SIGCLOCK_FULL" in os.environ
    assert pages.render(PAGES[name], tmp_path / "session", everything=everything) == PAGES[name]


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_every_command_exists(arguments: list[str]) -> None:
    words = [word.strip("'") for word in arguments]
    context = cli.make_context("sigclock", words)
    verb, command, rest = cli.resolve_command(context, words)
    assert command is not None
    command.make_context(verb, rest, parent=context)


@pytest.mark.parametrize(
    ("text", "block"),
    [(text, block) for _, text, block in BLOCKS],
    ids=[spoken(name, block) for name, _, block in BLOCKS],
)
def test_every_block_is_run_or_read(text: str, block: Block) -> None:
    if pages.is_made(text, block):
        return
    match block.language:
        case "console" | "sh" | "text":
            assert block.title is None
        case "python":
            assert block.title
            ast.parse(block.text)
        case "yaml":
            yaml.safe_load(block.text)
        case "toml":
            config.load(block.text.encode(), "pyproject.toml")
        case language:
            assert language == "json"
            json.loads(block.text)


def test_the_picture_shows_what_happens(tmp_path: Path) -> None:
    assert picture.shown() == picture.plain(picture.session(tmp_path))


def test_the_picture_of_a_comment_shows_what_is_printed() -> None:
    assert comment_picture.WORDS.read_text(encoding="utf-8") == comment_picture.words()


def test_the_list_of_pages_is_current() -> None:
    assert pages.LISTED.read_text(encoding="utf-8") == pages.llms()


def test_every_address_of_the_repository_exists() -> None:
    named = {place for text in PAGES.values() for place in LINK.findall(text)}
    assert {place for place in named if not (ROOT / place).exists()} == set()
    pictures = re.findall(r"\]\(https://raw\.\S+?/main/([^)]+)\)", PAGES["README.md"])
    assert [place for place in pictures if (ROOT / place).is_file()] == pictures != []


def test_every_link_to_a_file_that_is_no_page_exists() -> None:
    """On the site these lead to the repository; `mkdocs` sees the others."""
    for page in DOCS.rglob("*.md"):
        for place in re.findall(r"\]\(([^):#]+)[)#]", page.read_text(encoding="utf-8")):
            assert (page.parent / place).exists(), f"{page}: {place}"


def test_the_front_page_is_a_page() -> None:
    text = PAGES["README.md"]
    assert len(text.splitlines()) <= 150
    # A package index shows the page elsewhere, where a relative link leads nowhere.
    assert re.findall(r"\]\((?!https://)[^)]+\)", text) == []


def test_ci_runs_the_commands_of_the_readme() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    told = [line for line in PAGES["README.md"].splitlines() if line.startswith("python3 -m venv")]
    assert [line for line in ci if line.startswith("(")] == [f"({line})" for line in told]


def test_the_readme_names_the_oldest_that_are_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    text = README.read_text(encoding="utf-8")
    tested = project["optional-dependencies"]["test"]
    oldest = {name: min_ for name, _, min_ in (part.partition(">=") for part in tested)}
    assert f"flytekit {oldest['flytekit']} " in text
    assert f"flyte {oldest['flyte']} " in text
    assert f"{project['requires-python'].removeprefix('>=')} and later" in text


def test_every_verb_and_every_rule_is_told() -> None:
    headings = set(re.findall(r"^##+ `(.+?)`$", SECTIONS["commands"](), flags=re.MULTILINE))
    assert {f"sigclock {verb}" for verb in VERBS} <= headings
    rows = re.findall(r"^\| (`.*?) \|", PAGES["docs/agents.md"], flags=re.MULTILINE)
    assert {rule for row in rows for rule in re.findall(r"`([\w-]+)`", row)} >= set(RULES)


def test_the_configuration_fulfils_its_schema() -> None:
    schema = json.loads(config.schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    examples = {key: part["examples"][0] for key, part in schema["properties"].items()}
    jsonschema.validate(examples, schema)
    lines = [f"{key} = {json.dumps(value)}" for key, value in examples.items()]
    config.load("\n".join(["[tool.sigclock]", *lines]).encode(), "pyproject.toml")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"bumb": "increment"}, schema)


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", tmp_path / "site"],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
