"""The parts of the pages that the code knows: verbs, rules, formats, keys of files."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from sigclock.cli.main import STATUSES, VERBS, cli, command_of
from sigclock.cli.options import formats
from sigclock.lock import schema as lock_schema
from sigclock.project import config
from sigclock.reports import REPORTERS
from sigclock.reports import json as json_report
from sigclock.verdict.rules import RULES

Schema = dict[str, Any]

#: What the keys of the lock mean; a new key needs a line here.
LOCK_KEYS = {
    "version": "The format. A sigclock that does not know it refuses the file.",
    "revision": "What the format may hold. A sigclock of an older revision reads the file and "
    "does not rewrite it.",
    "requires": "The first release that may rewrite the file.",
    "tasks": "Each task under its Flyte name. One that is gone keeps its place with the versions "
    "that it was issued: these may still stand in a cache.",
    "definitions": "Each class once; types refer to it by name.",
    "sdk": "`flytekit` is Flyte 1, `flyte` is Flyte 2.",
    "path": "The file, from the repository's root.",
    "function": "The name in the file.",
    "cache": "Where the version comes from (`kind`), and the version itself if it can be read.",
    "inputs": "Names and types, as declared.",
    "outputs": "Names and types; `o0`, `o1` where they have no names. Empty: a void task.",
    "signature": "The hash of the outputs with all classes that they reach. "
    "Left out where another key tells it.",
    "issued": "Each version with the signatures that it was issued with; more than one means "
    "that the version is burnt, unless `accepted` says that they are equal.",
    "accepted": "Pairs of signatures that mean the same, with the reason that a person gave.",
    "held": "Classes as this task has them, where the common ones have changed since: "
    "its file cannot be read now.",
    "kind": "How values of the class travel: dataclass, pydantic, enum, and so on.",
    "import_name": "The name under which a pickled class is loaded, if it is another one.",
    "parameters": "Type variables.",
    "bases": "Base classes that matter.",
    "target": "What a NewType or an alias stands for.",
    "slots": "Whether values are stored by position.",
    "fields": "Fields that are stored, with their types.",
    "members": "Members of an enum, with their values.",
}
#: Where a key is the same word for two things.
LOCK_BLOCKS = {
    "task": "A task: `tasks`",
    "account": "A task that is gone: `tasks`",
    "definition": "A class: `definitions`",
}
#: Blocks of the report that are described, in this order.
REPORT_BLOCKS = (
    "Report", "Tool", "TaskReport", "VersionPair", "Change", "Location", "Prediction", "Finding",
    "FindingPlace", "Bump", "Summary",
)  # fmt: skip
FORMATS = {
    "text": "people at a terminal: each cause once, its tasks under it",
    "concise": "a line a finding, for editors and `grep`",
    "json": "programs and coding agents; see [the JSON report](json-report.md)",
    "markdown": "comments and summaries",
    "github": "workflow commands, which annotate lines in GitHub Actions",
    "gitlab": "Code Quality, which GitLab shows in a merge request",
    "azure": "logging commands of Azure Pipelines",
    "rdjson": "reviewdog, and through it Bitbucket, Gitea and others",
    "sarif": "code scanning",
    "junit": "any CI that shows tests",
}
_REPORT_OPTIONS = {parameter.name for parameter in click.command()(formats(lambda: None)).params}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown; a bar in a cell is escaped."""
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def _sentence(text: str) -> str:
    return " ".join(text.split())


# -- commands ----------------------------------------------------------------------------------


def commands() -> str:
    """Every verb with its help, its arguments and its options."""
    root = click.Context(cli, info_name="sigclock", **cli.context_settings)
    parts = [_verb(command_of(verb), root, verb) for verb in VERBS]
    return "\n".join([*parts, _report_options(root)])


def _verb(command: click.Command, parent: click.Context, name: str, level: int = 2) -> str:
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    parts = [f"{'#' * level} `{context.command_path}`", _help(command)]
    parts.append(f"```text\n{usage}\n```")
    rows = list(_options(command, context, shared=False))
    if rows:
        parts.append(table(["option", ""], rows))
    if any(parameter.name == "formats" for parameter in command.params) and "color" in {
        parameter.name for parameter in command.params
    }:
        parts.append("and [the options of every report](#options-of-every-report).\n")
    if isinstance(command, click.Group):
        parts += [
            _verb(found, context, word, level + 1)
            for word in command.list_commands(context)
            if (found := command.get_command(context, word)) is not None
        ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _help(command: click.Command) -> str:
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(map(_sentence, paragraphs))


def _common() -> set[str]:
    """The options that most verbs have, besides those of a report."""
    names = Counter(part.name for verb in VERBS for part in command_of(verb).params)
    return {name for name, times in names.items() if times > len(VERBS) / 2} - _REPORT_OPTIONS


def _options(
    command: click.Command, context: click.Context, *, shared: bool
) -> Iterator[tuple[str, str]]:
    names = {parameter.name for parameter in command.params}
    of_report = _REPORT_OPTIONS if names >= _REPORT_OPTIONS else set()
    common = _common()
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record and parameter.name not in common and (parameter.name in of_report) is shared:
            yield f"`{record[0]}`", record[1].replace("  [", " [")


def _report_options(root: click.Context) -> str:
    check = command_of("check")
    context = click.Context(check, info_name="check", parent=root)
    rows = list(_options(check, context, shared=True))
    everywhere = [part for part in check.params if part.name in _common()]
    common = [
        (f"`{record[0]}`", record[1])
        for parameter in [*cli.get_params(root), *everywhere]
        if (record := parameter.get_help_record(root))
    ]
    return (
        f"## Options of every report\n\n{table(['option', ''], reversed(rows))}\n"
        "## Options of every command\n\n"
        "`--version` and `--config` stand before the verb, `-C` before or behind it.\n\n"
        f"{table(['option', ''], common)}"
    )


def verbs() -> str:
    """Every verb in a line."""
    rows = [(f"[`{verb}`](#sigclock-{verb})", words) for verb, words in VERBS.items()]
    return table(["command", ""], rows)


def formats_table() -> str:
    """Every format of a report, and whom it is for."""
    return table(["format", "for"], [(f"`{name}`", FORMATS[name]) for name in REPORTERS])


# -- rules -------------------------------------------------------------------------------------


def rules() -> str:
    """Each rule with its level, its sentence, its help and an example."""
    return "\n".join(
        f"## `{rule.id}`\n\n**{rule.level.value}** {rule.summary}\n\n"
        f"{textwrap.fill(rule.help, 100, break_long_words=False, break_on_hyphens=False)}\n\n"
        f"```python\n# before\n{rule.before}\n# after\n{rule.after}```\n"
        for rule in RULES.values()
    )


def rules_table() -> str:
    """The rules in a line each."""
    rows = [(f"[`{r.id}`](#{r.id})", r.level.value, r.summary) for r in RULES.values()]
    return table(["rule", "level", ""], rows)


# -- configuration, lock, report ---------------------------------------------------------------


def configuration() -> str:
    """Each key with its values, its default and an example, from the schema."""
    keys: Schema = json.loads(config.schema())["properties"]
    lines = ["[tool.sigclock]"]
    rows = []
    for key, part in keys.items():
        default = part["default"]
        rows.append((f"`{key}`", part["description"], _values(part), _toml(default)))
        lines.append(f"{key} = {json.dumps(part['examples'][0])}")
    keys_table = table(["key", "", "values", "default"], rows)
    return "\n".join([keys_table, "An example of each:\n", "```toml", *lines, "```\n"])


def _values(part: Schema) -> str:
    values = part.get("enum") or part.get("items", {}).get("enum")
    if values:
        return ", ".join(f"`{value}`" for value in values)
    if part.get("type") == "boolean":
        return "`true`, `false`"
    return "texts" if part.get("type") == "array" else "text"


def _toml(value: object) -> str:
    return "absent" if value is None or value == [] else f"`{json.dumps(value)}`"


def lock_keys() -> str:
    """The keys of the lock, block by block."""
    described: Schema = json.loads(lock_schema.schema())
    parts = [_lock_block("The file", described)]
    parts += [_lock_block(title, described["$defs"][name]) for name, title in LOCK_BLOCKS.items()]
    return "\n".join(parts)


def _lock_block(title: str, block: Schema) -> str:
    required = set(block["required"])
    rows = [
        (f"`{key}`", "" if key in required else "may be absent", LOCK_KEYS[key])
        for key in block["properties"]
    ]
    return f"## {title}\n\n{table(['key', '', 'meaning'], rows)}"


def report_keys() -> str:
    """The keys of the JSON report, block by block."""
    known: Schema = json.loads(json_report.schema())["$defs"]
    parts = []
    for name in REPORT_BLOCKS:
        block = known[name]
        rows = [(f"`{key}`", _type(part, known)) for key, part in block["properties"].items()]
        words = block["description"].replace("None", "null")
        paragraphs = "\n\n".join(map(_sentence, words.split("\n\n")))
        parts.append(f"### {name}\n\n{paragraphs}\n\n{table(['key', 'value'], rows)}")
    return "\n".join(parts)


def _type(part: Schema, known: Schema) -> str:
    """The values of a key, as a reader of the table says it."""
    if "$ref" in part:
        name = part["$ref"].rpartition("/")[2]
        return _type(known[name], known) if "enum" in known[name] else f"[{name}](#{name.lower()})"
    if "enum" in part:
        return ", ".join(f"`{json.dumps(value)}`" for value in part["enum"])
    if "anyOf" in part:
        return " or ".join(_type(option, known) for option in part["anyOf"])
    if part.get("type") == "array":
        return f"list of {_type(part['items'], known)}"
    kind = part.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def statuses() -> str:
    """The exit statuses, as `sigclock --help` says them."""
    rows = [*STATUSES, ("130", "interrupted")]
    return table(["status", "means"], [(f"`{status}`", words) for status, words in rows])


def beside_the_cluster() -> str:
    """What the guard and the cluster do with the pairs of the differential tests."""
    from support.beside import rows  # noqa: PLC0415 - it brings all pairs

    return table(["what changes", "guard", "cluster", "pairs"], rows())


SECTIONS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "verbs": verbs,
    "formats": formats_table,
    "rules": rules,
    "rules-table": rules_table,
    "configuration": configuration,
    "lock-keys": lock_keys,
    "report-keys": report_keys,
    "statuses": statuses,
    "beside": beside_the_cluster,
}
