"""Real inputs from which fuzzing starts, and words that it puts into them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from fuzz.targets import FLOW, MODELS, OTHER

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).parent / "corpus"

#: Pieces of text that mean something to one of the readers.
_SOURCE = rb"""
    @task @task() @dataclass @workflow @dynamic @eager @env.task task( cache=True cache=Cache(
    cache_version= "1.0" '1.0' 1.0 0x1F 1_0 1e9 -1 cache_version=f'{V}' **CFG None -> Stats[int]
    Stats list[ dict[str, Optional[ Union[ Literal[ Annotated[ Generic[T] "Stats" 'A' A A=A
    lambda: yield await if else: elif try: except: match case with as import from . .. * ** ( ) [ ]
    { } : ; , = == := | + - ~ @ \ # \n \r \x0c partial( functools. flytekit flyte
    TaskEnvironment( Enum NamedTuple TypedDict NewType( ignore[void-cached] global nonlocal del
    assert type async class def """
_LOCK = rb"""
    "version" "revision" "requires" "tasks" "removed" "definitions" "issued" "accepted" "held"
    "cache" "kind" "inputs" "outputs" "signature" "fields" "members" "bases" "target" "slots"
    "parameters" "import_name" null true false 0 1 -1 1.5 1e999 NaN Infinity "" "\ud800" "\u0000"
    {} [] { } [ ] , : "pinned" "dataclass" "int" "Literal[" "list[" "((" "Unresolved["
    "Annotated[" "a|b" "9" <<<<<<< ======= >>>>>>> |||||||"""
_CONFIG_WORDS = rb"""
    [tool.sigclock] [tool] [[tool.sigclock]] tool.sigclock= source-roots include exclude bump
    shared-versions fail-on select ignore task-decorators void track = [ ] { } " ' \'\'\' "**" "["
    "[!" "[z-a]" "../.." "/" "!" "\\" true 1 1979-05-27 inf nan "error" ["a"] ["stale-cache"]"""
_ENDS = [b"\n", b"\r\n", b"\r", b"\x0c", b"\x00", b"    ", b"\t", b"\xef\xbb\xbf", b"\xff"]
_LINES = [
    b"# coding: latin-1\n",
    b"# sigclock: ignore[void-cached] why\n",
    b"from models import *\n",
]
_MARKERS = [b"\n<<<<<<< a\n", b"\n=======\n", b"\n>>>>>>> b\n", b"\n||||||| c\n"]

#: Pieces of text that mean something to one of the readers.
WORDS: dict[str, list[bytes]] = {
    "source": [*_SOURCE.split(), *_ENDS, *_LINES],
    "lock": [*_LOCK.split(), *_ENDS, *_MARKERS, b"9" * 5_000],
    "config": [*_CONFIG_WORDS.split(), *_ENDS, b"[" * 500],
}
WORDS["edit"] = WORDS["parser"] = WORDS["source"]


@cache
def seeds(target: str) -> list[bytes]:
    """Well-formed inputs of one kind."""
    match target:
        case "lock":
            return [OTHER, *_contents(".sigclock.lock")]
        case "config":
            return [_CONFIG, (ROOT / "pyproject.toml").read_bytes()]
        case _:
            return [FLOW, MODELS, *_contents("tests/cases/*/*/current/*.py"), *_readme()]


def failures(target: str) -> list[Path]:
    """Inputs that a target once failed on."""
    return sorted(CORPUS.glob(f"{target}-*"))


def _contents(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob(pattern))]


def _readme() -> list[bytes]:
    text = (ROOT / "README.md").read_bytes()
    return [found[1] for found in re.finditer(rb"```python\n(.*?)```", text, re.DOTALL)]


_CONFIG = b"""\
[tool.sigclock]
source-roots = ["src", "."]
include = ["src/**", "*.py"]
exclude = ["build/", "test_[a-z]?.py"]
bump = "signature"
shared-versions = "report"
fail-on = "warning"
select = ["stale-cache"]
ignore = ["unused-waiver"]
task-decorators = ["team.tasks.cached", "vendor.*"]
not-tasks = ["other.*.step"]
void = "warning"
track = ["outputs", "inputs"]
"""
