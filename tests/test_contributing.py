from __future__ import annotations

import re

from support.drawing import draw
from support.house import BUILT, CONTRIBUTING, PICTURE, plan_in
from support.paths import ROOT
from support.rooms import PACKAGE, arrows, plan, read_house

TEXT = CONTRIBUTING.read_text(encoding="utf-8")
PROSE = re.sub(r"^```.*?^```$", "", TEXT, flags=re.DOTALL | re.MULTILINE)
SPANS = set(re.findall(r"`([^`\n]+)`", PROSE))
PATH = re.compile(r"\.?\w[\w.-]*(?:/[\w<>{},.-]+)*/?")
SUFFIXES = {"md", "py", "svg", "toml", "txt", "yml"}
CODE = re.compile(r"[\w.]+(\(.*\))?( = [\w.]+\(\.*\))?")
NAME = re.compile(r"[A-Za-z_]\w*")
#: What a reader of the page makes, or what another program has.
ELSEWHERE = {
    ".git/sigclock",
    ".venv/bin/pip",
    ".venv/bin/lint-imports",
    ".venv/bin/mkdocs",
    ".venv/bin/nox",
    "functools.partial",
    "v",
}


def paths() -> set[str]:
    """Each path that a span names, up to the part that its reader fills in."""
    words = {word for span in SPANS for word in span.split() if PATH.fullmatch(word)}
    real = {word for word in words if "/" in word or word.rpartition(".")[2] in SUFFIXES}
    return {re.split(r"[<{]", word)[0] for word in real - ELSEWHERE}


def names() -> set[str]:
    """Each name of the code that is a span, or stands in a span that is a piece of code."""
    codes = {span for span in SPANS if CODE.fullmatch(span)} - ELSEWHERE - paths()
    return {name for code in codes for name in NAME.findall(code)}


def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))


def test_every_path_is_there() -> None:
    assert len(paths()) > 50
    places = (ROOT, PACKAGE)
    assert {path for path in paths() if not any((p / path).exists() for p in places)} == set()


def test_every_program_is_there() -> None:
    modules = {name for span in SPANS for name in re.findall(r"python -m ([\w.]+)", span)}
    files = {name: ROOT / "tests" / f"{name.replace('.', '/')}.py" for name in modules}
    assert {name for name, path in files.items() if not path.exists()} == set()


def test_every_name_is_one_of_the_code() -> None:
    assert len(names()) > 50
    assert names() - set(NAME.findall(code())) == set()


def test_every_word_is_used() -> None:
    rows = re.findall(r"^\| (\*\*.*?) \|", PROSE, flags=re.MULTILINE)
    words = {word for row in rows for word in re.findall(r"\*\*(.*?)\*\*", row)}
    assert len(words) > 20
    squeezed = re.sub(r"[_\s]", "", code()).lower()
    assert {word for word in words if word.replace(" ", "").lower() not in squeezed} == set()


def test_the_plans_are_what_the_rooms_say() -> None:
    house = read_house()
    assert plan_in(TEXT) == plan(house, deep=True)
    assert plan_in(BUILT.read_text(encoding="utf-8")) == plan(house, deep=False)


def test_the_picture_is_drawn_from_the_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(read_house())


def test_no_arrow_leads_up() -> None:
    house = read_house()
    layer_of = {part: number for number, layer in enumerate(house.layers) for part in layer}
    assert {(a, b) for a, b in arrows(house.imports) if layer_of[a] >= layer_of[b]} == set()
