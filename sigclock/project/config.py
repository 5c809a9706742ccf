"""`[tool.sigclock]` of a `pyproject.toml` → Config; an unknown key is an error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from sigclock.document import MisfitError, Node, nearest
from sigclock.errors import ConfigError
from sigclock.lock.schemes import SCHEMES
from sigclock.verdict.finding import Level
from sigclock.verdict.judge import Judgement
from sigclock.verdict.rules import RULES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: In bytes; nobody wrote a longer one.
_LONGEST = 1024 * 1024
_PART = rb"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_ENDLESS_KEY = re.compile(rb"(?<![\w-])" + _PART + rb"(?:[ \t]*\.[ \t]*" + _PART + rb"){100}")
_TABLE = re.compile(
    r"""^[ \t]*\[[ \t]*tool[ \t]*\.[ \t]*["']?sigclock["']?[ \t]*\]""", re.MULTILINE
)
_ANY_TABLE = re.compile(r"^[ \t]*\[\[?[\w \t.\"'-]+\]\]?[ \t]*(?:#.*)?$", re.MULTILINE)
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_FOLDERS = "(?:[^/]+/)*?"
_GLOB = re.compile(r"(\*+)|(\?)|\[([!^]?)(\]?[^\]/]*)\]|([^*?\[]+|\[)")


#: Values of keys that have a few.
_CHOICES: dict[str, tuple[str, ...]] = {
    "bump": tuple(SCHEMES),
    "shared-versions": ("bump", "report"),
    "fail-on": ("error", "warning"),
    "void": (*(level.value for level in Level), "off"),
    "track": ("outputs", "inputs"),
    "guard-unknown": ("miss", "trust"),
}


def _key(words: str, example: object) -> Meta:
    return Meta(description=words, examples=[example])


def _choice(key: str, words: str, example: str) -> Meta:
    allowed = {"enum": list(_CHOICES[key])}
    return Meta(description=words, examples=[example], extra_json_schema=allowed)


class Config(msgspec.Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The configuration of a project; the defaults are those of an absent table.

    Paths and patterns are relative to the directory of the `pyproject.toml`. No `source_roots`
    means: infer them. No `select` means: all rules. `void` is None for the rule's own levels.
    `task_decorators` and `not_tasks` are dotted names, in which `*` stands for any text.
    """

    source_roots: Annotated[
        tuple[str, ...], _key("Folders where imports start; worked out if absent.", ["src"])
    ] = ()
    include: Annotated[
        tuple[str, ...], _key("Files that are read for tasks; all if absent.", ["src/"])
    ] = ()
    exclude: Annotated[tuple[str, ...], _key("Files that are not read.", ["tests/"])] = ()
    bump: Annotated[
        str,
        _choice(
            "bump",
            "How a version moves: its last number plus one, or a short hash of the signature.",
            "signature",
        ),
    ] = "increment"
    shared_versions: Annotated[
        str,
        _choice(
            "shared-versions",
            "What is done with a due version that serves other tasks too: bump or only report it.",
            "report",
        ),
    ] = "bump"
    fail_on: Annotated[
        str, _choice("fail-on", "The level from which a finding fails a run.", "warning")
    ] = "error"
    select: Annotated[
        tuple[str, ...], _key("Only these rules; all if absent.", ["stale-cache"])
    ] = ()
    ignore: Annotated[tuple[str, ...], _key("Not these rules.", ["opaque-output"])] = ()
    task_decorators: Annotated[
        tuple[str, ...],
        _key(
            "Makers of tasks that cannot be followed in the tree, as dotted names; "
            "`*` stands for any text.",
            ["team.flyte.cached_task", "vendor.*"],
        ),
    ] = ()
    not_tasks: Annotated[
        tuple[str, ...],
        _key(
            "Makers that have nothing to do with Flyte, though they take cache arguments.",
            ["jobs.step"],
        ),
    ] = ()
    void: Annotated[
        str | None,
        _choice("void", "The level of `void-cached`; the rule's own if absent.", "warning"),
    ] = None
    track: Annotated[
        tuple[Annotated[str, Meta(extra_json_schema={"enum": list(_CHOICES["track"])})], ...],
        _key(
            "Parts of the interface whose change is due a version; `outputs` cannot be left out.",
            ["outputs", "inputs"],
        ),
    ] = ("outputs",)
    guard: Annotated[
        bool,
        _key("Whether a local cache entry is served only to the signature that stored it.", True),  # noqa: FBT003 - an example of the value
    ] = False
    guard_unknown: Annotated[
        str,
        _choice(
            "guard-unknown",
            "What the guard does with entries from before it was on.",
            "trust",
        ),
    ] = "miss"

    def selects(self, path: str) -> bool:
        """Whether a file is read: it, or everything, is included, and it is not excluded.

        Patterns are those of `.gitignore` without negation: `*`, `?` and `[a-z]` stay within one
        part of a path, `**` as a part spans any number; a pattern without a slash fits a part at
        any depth, another one starts at the project's directory; a folder stands for all that is
        in it, and a slash at the end fits only folders.
        """
        if self.include and not _matcher(self.include).fullmatch(path):
            return False
        return not (self.exclude and _matcher(self.exclude).fullmatch(path))


def load(text: bytes | None, path: str) -> Config:
    """The configuration in a `pyproject.toml`, if it has one; `ConfigError` names key and line."""
    if text is None:
        return Config()
    if len(text) > _LONGEST:
        raise _invalid(ValueError(f"larger than {_LONGEST // 2**20} MB"), path)
    try:
        decoded = text.decode()
        parts = _table(_document(text))
    except (ValueError, RecursionError) as error:
        raise _invalid(error, path) from error
    try:
        nodes = parts.members([], _READERS) if parts else {}
        values = {key: _READERS[key](node) for key, node in nodes.items()}
        return msgspec.convert(values, Config)
    except MisfitError as error:
        raise ConfigError(
            f"{'.'.join(map(str, error.place))}: {error.message}",
            advice=_advice(error),
            location=_location(path, decoded, [str(key) for key in error.place[2:3]]),
        ) from error


def _advice(error: MisfitError) -> str:
    """The values that a key takes; the keys, where it is none."""
    key = error.place[2] if len(error.place) > 2 else ""  # noqa: PLR2004 - below tool.sigclock
    if key in _CHOICES:
        return f"{key} takes {', '.join(_CHOICES[key])}"
    if key in _READERS:
        return "`sigclock schema configuration` shows what each key takes"
    return f"[tool.sigclock] has the keys {', '.join(_READERS)}"


def schema() -> str:
    """The JSON Schema (2020-12) of `[tool.sigclock]`."""
    described: dict[str, Any] = msgspec.json.schema(Config)["$defs"]["Config"]
    described.pop("description")
    described |= {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "[tool.sigclock]",
    }
    return json.dumps(described, indent=2) + "\n"


def has_table(data: bytes) -> bool:
    """Whether a `pyproject.toml` has `[tool.sigclock]`, or seems to and is not valid TOML."""
    if b"sigclock" not in data:
        return False
    if len(data) > _LONGEST:
        return _TABLE.search(data[:_LONGEST].decode(errors="replace")) is not None
    try:
        return _table(_document(data)) is not None
    except (ValueError, RecursionError):
        return _TABLE.search(data.decode(errors="replace")) is not None


def _document(data: bytes) -> dict[str, object]:
    """The parsed file; `tomllib` takes quadratic time for keys of many parts, which are refused."""
    if _ENDLESS_KEY.search(data):
        raise ValueError("a key of more than 100 parts")
    return tomllib.loads(data.decode())


def _table(document: dict[str, object]) -> Node | None:
    tool = document.get("tool")
    if isinstance(tool, dict) and "sigclock" in tool:
        return Node(tool["sigclock"], ("tool", "sigclock"))
    return None


def _invalid(error: Exception, path: str) -> ConfigError:
    line = _TOML_LINE.search(str(error))
    reason = str(error) if isinstance(error, ValueError) else "nested too deeply"
    return ConfigError(
        f"not valid TOML: {reason}",
        advice="fix the file; nothing in it was read",
        location=f"{path}:{line[1]}" if line else path,
    )


def _location(path: str, text: str, keys: list[str]) -> str:
    """The line of a key, else the line of the table, else just the file."""
    table = _TABLE.search(text)
    if table is None:
        return path
    start = table.end()
    next_table = _ANY_TABLE.search(text, start)
    end = next_table.start() if next_table else len(text)
    for key in keys:
        written = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[.=]", re.MULTILINE)
        match = written.search(text, start, end)
        start = match.start() if match else start
    return f"{path}:{text.count(chr(10), 0, start) + 1}"


def _each(read: Callable[[Node], str]) -> Callable[[Node], tuple[str, ...]]:
    return lambda node: tuple(map(read, node.items()))


def _one_of(options: Iterable[str]) -> Callable[[Node], str]:
    return lambda node: node.one_of(options)


def _root(node: Node) -> str:
    text = node.text()
    windows = PureWindowsPath(text)
    parts: list[str] = []
    for part in PurePosixPath(text).parts:
        if part == ".." and not parts:
            node.fail(f"{text!r} leads out of the project")
        parts = parts[:-1] if part == ".." else [*parts, part]
    if not text or windows.drive or windows.root or "\\" in text:
        node.fail(f"expected a folder relative to this file, with slashes, found {text!r}")
    return "/".join(parts) or "."


def _pattern(node: Node) -> str:
    text = node.text()
    if text.startswith("!"):
        node.fail(f"{text!r}: patterns cannot be negated; use both include and exclude")
    if not text.strip("/"):
        node.fail(f"{text!r} is not a pattern")
    try:
        re.compile(_translated(text, count()))
    except re.error as error:
        node.fail(f"{text!r} is not a pattern: {error.msg}")
    return text


def _rule(node: Node) -> str:
    text = node.text()
    if text not in RULES:
        node.fail(f"there is no rule {text!r}{nearest(text, RULES)}")
    return text


def _ignorable(node: Node) -> str:
    rule = RULES[_rule(node)]
    if rule.is_certain:
        node.fail(f"{rule.id} cannot be ignored; `sigclock accept` declares a change harmless")
    return rule.id


def _dotted(node: Node) -> str:
    text = node.text()
    if not _DOTTED.fullmatch(text.replace("*", "_")) or not text.strip(".*"):
        node.fail(f"expected a dotted name such as 'team.tasks.cached' or 'team.*', found {text!r}")
    return text


def _tracked(node: Node) -> tuple[str, ...]:
    parts = _each(_one_of(_CHOICES["track"]))(node)
    if "outputs" not in parts:
        node.fail("'outputs' cannot be left out")
    return parts


_READERS: dict[str, Callable[[Node], str | bool | tuple[str, ...]]] = {
    "source-roots": _each(_root),
    "include": _each(_pattern),
    "exclude": _each(_pattern),
    "bump": _one_of(_CHOICES["bump"]),
    "shared-versions": _one_of(_CHOICES["shared-versions"]),
    "fail-on": _one_of(_CHOICES["fail-on"]),
    "select": _each(_rule),
    "ignore": _each(_ignorable),
    "task-decorators": _each(_dotted),
    "not-tasks": _each(_dotted),
    "void": _one_of(_CHOICES["void"]),
    "track": _tracked,
    "guard": Node.switch,
    "guard-unknown": _one_of(_CHOICES["guard-unknown"]),
}


@cache
def _matcher(patterns: tuple[str, ...]) -> re.Pattern[str]:
    numbers = count()
    return re.compile("|".join(_translated(pattern, numbers) for pattern in patterns), re.DOTALL)


def _translated(pattern: str, numbers: Iterator[int]) -> str:
    """A glob as a regular expression that never goes back; `numbers` name its groups.

    What stands between two stars, or between two `**`, is taken where it fits first: if the rest
    fits behind a later place, it fits behind that one too. So nobody's pattern costs more than
    its length times that of the path.
    """
    parts = pattern.removeprefix("./").strip("/").split("/")
    if "/" not in pattern.rstrip("/"):
        parts = ["**", *parts]
    *folders, last = parts
    runs: list[list[str]] = [[]]
    for folder in folders:
        if folder != "**":
            runs[-1].append(f"{_part(folder, numbers)}/")
        elif len(runs) == 1 or runs[-1]:
            runs.append([])
    first, *others = ["".join(run) for run in runs]
    if others:
        middle = (_at_once(f"{_FOLDERS}{run}", numbers) for run in others[:-1])
        first = f"{first}{''.join(middle)}{_FOLDERS}{others[-1]}"
    end = "/.*" if pattern.endswith("/") else "(?:/.*)?"
    return f"(?:{first}{'.+' if last == '**' else _part(last, numbers)}{end})"


def _at_once(text: str, numbers: Iterator[int]) -> str:
    """An expression that is not tried anew once it fits; `(?>…)` needs Python 3.11."""
    name = f"g{next(numbers)}"
    return f"(?=(?P<{name}>{text}))(?P={name})"


def _part(glob: str, numbers: Iterator[int]) -> str:
    """One part of a path."""
    texts = [""]
    for stars, any_character, negated, choice, plain in _GLOB.findall(glob):
        if stars:
            texts.append("")
        elif any_character:
            texts[-1] += "[^/]"
        elif choice:
            members = choice.replace("\\", "\\\\").replace("]", "\\]").replace("[", "\\[")
            texts[-1] += f"(?!/)[{'^' if negated else ''}{members}]"
        else:
            texts[-1] += re.escape(plain)
    if len(texts) == 1:
        return texts[0]
    head, *middle, tail = texts
    found = (_at_once(f"[^/]*?{text}", numbers) for text in middle if text)
    return f"{head}{''.join(found)}[^/]*{tail}"


def judgement(settings: Config) -> Judgement:
    """What the configuration says about findings."""
    keys = {rule.level_key for rule in RULES.values() if rule.level_key}
    level_names = {key: level for key in keys if (level := getattr(settings, key)) is not None}
    levels = {key: None if level == "off" else Level(level) for key, level in level_names.items()}
    return Judgement(levels, frozenset(settings.select), frozenset(settings.ignore))
