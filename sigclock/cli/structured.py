"""JSON of the verbs that give no report, and its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click
import msgspec

_Command = TypeVar("_Command", bound=Callable[..., Any])
_METASCHEMA = "https://json-schema.org/draft/2020-12/schema"


def text_or_json(command: _Command) -> _Command:
    """The option that chooses between both."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        help="text, or json for programs.",
    )(command)


def dump(value: object) -> str:
    """Two-space JSON in pure ASCII, so that no name can reach a terminal or break an encoding."""
    text = json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=True)
    return text.replace("\x7f", "\\u007f") + "\n"


def schema(title: str, kind: Any) -> str:  # noqa: ANN401 - any type that msgspec knows
    """The JSON Schema (2020-12) of what `dump` writes of values of a type."""
    return dump({"$schema": _METASCHEMA, "title": title, **msgspec.json.schema(kind)})
