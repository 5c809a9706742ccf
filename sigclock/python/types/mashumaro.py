"""The names under which mashumaro stores a dataclass, from its fields and `Config`."""

from __future__ import annotations

import ast

import msgspec

from sigclock.interface.unknown import Unknown
from sigclock.python.names.scopes import ClassSymbol, ValueSymbol
from sigclock.python.names.unparse import source_of
from sigclock.python.types.class_view import ClassView, RawField, Unread
from sigclock.python.values.folding import folded

#: Keys of `field(metadata=…)` that decide how the field is stored.
_KEYS = ("alias", "serialize", "deserialize")


def stored(view: ClassView, field: RawField, call: ast.expr | None) -> RawField:
    """The field with the name under which it is stored: `field(metadata={"alias": "x"})`."""
    if call is not None and view.is_hidden(call):
        return msgspec.structs.replace(field, stored=Unread(call, view.scope, "name"))
    metadata = view.keyword(call, "metadata")
    if metadata is None:
        return field
    options = _options(view, metadata)
    if isinstance(options, Unknown):
        return msgspec.structs.replace(field, stored=Unread(metadata, view.outer, "name"))
    hidden = next((option for option in options.values() if isinstance(option, Unknown)), None)
    if hidden is not None:
        return msgspec.structs.replace(field, stored=Unread(metadata, view.outer, "name"))
    shown = [f"{key} {options[key]}" for key in _KEYS[1:] if key in options]
    if options.get("serialize") == "omit":
        return msgspec.structs.replace(field, stored="")
    aliased = "alias" in options and is_by_alias(view)
    parts = [*([str(options["alias"])] if aliased else []), *shown]
    return msgspec.structs.replace(field, stored=", ".join(parts)) if parts else field


def settings(view: ClassView) -> tuple[tuple[str, ...], tuple[Unread, ...]]:
    """`aliases` of the class's `Config`, if it is stored under them, and what cannot be read."""
    aliases = _option(view, "aliases")
    if aliases is None or not is_by_alias(view):
        return (), ()
    value = folded(aliases.node, aliases.scope, view.names)
    if not isinstance(value, dict):
        return (), (Unread(aliases.node, aliases.scope, "name"),)
    return (f"aliases={value}",), ()


def is_by_alias(view: ClassView) -> bool:
    """Whether `serialize_by_alias` is set; a value that cannot be read may be true."""
    option = _option(view, "serialize_by_alias")
    return option is not None and folded(option.node, option.scope, view.names) is not False


def _option(view: ClassView, name: str) -> ValueSymbol | None:
    """A variable of the class's `Config`, its own or an inherited one."""
    if not isinstance(view.symbol, ClassSymbol):
        return None
    config = view.names.member(view.symbol, "Config")[0]
    value = view.names.member(config, name)[0] if isinstance(config, ClassSymbol) else None
    return value if isinstance(value, ValueSymbol) else None


def _options(view: ClassView, node: ast.expr) -> dict[str, object] | Unknown:
    """The options of a table, or of `field_options(alias=…)`, that decide something here."""
    dotted = view.dotted(node) if isinstance(node, ast.Call) else None
    known = dotted is not None and view.names.modules.is_known(dotted)
    if isinstance(node, ast.Call) and known and all(k.arg for k in node.keywords):
        named = {str(k.arg): k.value for k in node.keywords}
    else:
        listed = view.listed(node)
        if isinstance(listed, Unknown):
            return listed
        named = {entry.name: entry.rest[0].node for entry in listed if entry.rest}
    options: dict[str, object] = {}
    for key in _KEYS:
        if key in named:
            value = folded(named[key], view.outer, view.names)
            code = isinstance(named[key], (ast.Lambda, ast.Name, ast.Attribute)) and key != "alias"
            options[key] = source_of(named[key]) if code else value
    return options
