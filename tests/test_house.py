from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest
from support.paths import ROOT

from sigclock.cli.main import VERBS, command_of
from sigclock.forges import FORGES, Post
from sigclock.lock import schemes
from sigclock.python.types.classes import CLASS_READERS, KINDS
from sigclock.reports import REPORTERS, Reporter
from sigclock.tasks.sdks import SDKS, SdkReader

PACKAGE = ROOT / "sigclock"
BIN = Path(sys.executable).parent

CHECKS = {
    "lint": ("-m", "ruff", "check", "--output-format=concise", "--quiet"),
    "format": ("-m", "ruff", "format", "--check", "--quiet"),
    "types": ("-m", "mypy"),
    "layers": (str(BIN / "lint-imports"),),
}

ROOMS = {
    *("audit", "cli", "cli/commands", "flyte", "forges", "git", "guard", "incremental"),
    *("interface", "lock", "lsp", "project", "python", "python/names", "python/types"),
    *("python/values", "reports", "tasks", "verdict"),
}
PLURALS = {
    "forges": "FORGES",
    "python/types/classes": "CLASS_READERS",
    "reports": "REPORTERS",
    "tasks/sdks": "SDKS",
    "verdict/rules": "MODULES",
}
#: What stands beside the rooms in `tests/`, for it is about all of them.
ABOUT_ALL = {"blindfold", "cases", "differential", "fuzz", "oracles", "safety", "support"}
#: What stands beside the plurals because they share it.
SHARED = {
    "forges": {"actions_event", "client", "comment", "conversation", "links"},
    "reports": {
        "causes",
        "commit",
        "markdown_escape",
        "markdown_links",
        "markdown_parts",
        "markdown_plain",
        "paragraph",
        "style",
        "text_summary",
    },
}


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS)
def test_the_code_is_clean(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def modules_in(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def origins(entry: object) -> set[str]:
    """The modules that an entry of a table comes from: itself, or the functions it is made of."""
    if isinstance(entry, ModuleType):
        return {entry.__name__}
    if isinstance(entry, tuple):
        return set().union(*map(origins, entry))
    parts = [getattr(entry, name) for name in getattr(entry, "__struct_fields__", ())]
    named = getattr(entry, "__module__", None)
    return set().union(*map(origins, parts), {named} if isinstance(named, str) else set())


@pytest.mark.parametrize("plural", PLURALS)
def test_every_file_of_a_plural_is_in_its_table(plural: str) -> None:
    package = f"sigclock.{plural.replace('/', '.')}"
    table: Iterable[object] = getattr(import_module(package), PLURALS[plural])
    entries = table.values() if isinstance(table, Mapping) else table
    listed = set().union(*map(origins, entries))
    assert modules_in(PACKAGE / plural) == SHARED.get(plural, set()) | {
        name.removeprefix(f"{package}.") for name in listed if name.startswith(f"{package}.")
    }


def hints_of(function: Callable[..., object]) -> list[object]:
    """What a function takes and gives; `self` has no annotation."""
    signature = inspect.signature(function)
    taken = [one.annotation for one in signature.parameters.values() if one.name != "self"]
    return [*taken, signature.return_annotation]


def test_every_module_of_a_table_has_the_shape_that_the_table_names() -> None:
    """Modules that a table imports by name are none of a type checker's business."""
    for sdk in SDKS:
        assert hints_of(sdk.declare) == hints_of(SdkReader.declare)
        assert hints_of(sdk.is_factory) == hints_of(SdkReader.is_factory)
    for forge in FORGES.values():
        assert hints_of(forge.detect) == ["Mapping[str, str]", "Target | None"]
        assert hints_of(forge.post) == hints_of(Post.__call__)
    for name in REPORTERS:
        render = import_module(f"sigclock.reports.{name}").render
        assert hints_of(render) == hints_of(Reporter.__call__)
    for verb in VERBS:
        assert isinstance(command_of(verb), click.Command)


def test_every_scheme_is_in_its_table() -> None:
    functions = inspect.getmembers(schemes, inspect.isfunction)
    shape = ["version", "reserved", "signature"]
    shaped = {name: f for name, f in functions if [*inspect.signature(f).parameters] == shape}
    assert shaped == schemes.SCHEMES


def test_no_two_class_families_have_a_name_in_common() -> None:
    assert len(KINDS) == len(CLASS_READERS)


def test_every_folder_is_a_room_or_a_known_plural() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*/*.py")}
    assert folders - {"."} == ROOMS | set(PLURALS)


def test_every_room_has_tests_and_every_folder_of_tests_is_a_room() -> None:
    tests = folders_with("test_*.py")
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert rooms - tests == set()
    assert folders_with("*.py") - rooms == ABOUT_ALL


def folders_with(name: str) -> set[str]:
    return {path.relative_to(ROOT / "tests").parts[0] for path in ROOT.glob(f"tests/*/**/{name}")}


def test_a_room_says_in_one_sentence_what_it_promises() -> None:
    said = {
        path.parent.relative_to(PACKAGE).as_posix(): ast.get_docstring(
            ast.parse(path.read_text(encoding="utf-8"))
        )
        for path in PACKAGE.rglob("*/__init__.py")
    }
    sentence = re.compile(r"(?:(?!\. )[^\n])+\.")
    assert {room for room, words in said.items() if not sentence.fullmatch(words or "")} == set()


def test_every_verb_has_a_file_and_every_file_a_verb() -> None:
    assert {verb.replace("-", "_") for verb in VERBS} == modules_in(PACKAGE / "cli" / "commands")


def sources() -> list[Path]:
    tests = [path for path in ROOT.glob("tests/**/*.py") if "cases" not in path.parts]
    return [*PACKAGE.rglob("*.py"), *tests, *ROOT.glob("benchmarks/**/*.py")]


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    functions = [
        (path, node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [function for function in functions if function[2] > 60] == []
