"""A declaration's typed inputs and outputs, as Flyte would name them."""

from __future__ import annotations

import ast

import msgspec

from sigclock.interface.locations import PartLocation
from sigclock.interface.snapshot import Field, VoidKind
from sigclock.interface.type_tree import bind_free, is_unresolved, substitute, union
from sigclock.interface.types import ANY, NONE, Annotated, Apply, Name, Ref, Type, Unresolved
from sigclock.python.names.bindings import Function
from sigclock.python.names.names import Names
from sigclock.python.names.scopes import External, FunctionSymbol, Scope
from sigclock.python.types.definitions import Definitions
from sigclock.tasks.annotations_set_later import set_by_module
from sigclock.tasks.declaration import Declaration, Part, Written

#: Makes a function return a marker, whatever its own annotation says.
_MARKS = External("sigclock.flyte.returns_marker")


class Interface(msgspec.Struct, frozen=True):
    """Inputs and outputs, with the locations of inputs; `void` says why there is no output."""

    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    void: VoidKind | None
    locations: dict[str, PartLocation]


def interface(declaration: Declaration, definitions: Definitions, names: Names) -> Interface:
    """The interface of a function's annotations, or of a class-based task's tables.

    What a function outside the tree takes and gives is known by its name.
    """
    if declaration.outside is not None:
        output = Field("o0", Unresolved(declaration.outside, "outside"))
        return Interface((Field("inputs", Unresolved("inputs", "untold")),), (output,), None, {})
    if declaration.function is None:
        return _tables(declaration, definitions)
    interface_ = _function(declaration, declaration.function, definitions, names)
    if declaration.bound is None:
        return interface_
    return _mapped(interface_, declaration.bound, optional=declaration.optional_items)


def _tables(declaration: Declaration, definitions: Definitions) -> Interface:
    def fields(table: dict[str, Part] | None, word: str) -> tuple[Field, ...]:
        if table is None:
            return (Field(word, Unresolved(word, "untold")),)
        return tuple(Field(name, _part(part, definitions)) for name, part in table.items())

    outputs = fields(declaration.outputs, "outputs")
    void = None if outputs else VoidKind.NONE
    return Interface(fields(declaration.inputs, "inputs"), outputs, void, {})


def _part(part: Part, definitions: Definitions) -> Type:
    return _resolve(part.node, part.scope, definitions, None) if isinstance(part, Written) else part


def _mapped(interface_: Interface, bound: frozenset[str], *, optional: bool) -> Interface:
    """A map task takes and gives lists; what is bound stays single.

    `optional` is for one that may succeed though some of its items failed: these are None.
    """

    def item(type_: Type) -> Type:
        return union([type_, NONE]) if optional else type_

    inputs = [
        field if field.name in bound else Field(field.name, Apply("list", (field.type,)))
        for field in interface_.inputs
    ]
    outputs = [
        Field(field.name, Apply("list", (item(field.type),))) for field in interface_.outputs
    ]
    return msgspec.structs.replace(interface_, inputs=tuple(inputs), outputs=tuple(outputs))


def _function(
    declaration: Declaration, symbol: FunctionSymbol, definitions: Definitions, names: Names
) -> Interface:
    node, scope = symbol.node, _annotation_scope(symbol, names)
    inputs, locations = _inputs(node, scope, definitions)
    if any(names.of(decorator, symbol.scope) == _MARKS for decorator in node.decorator_list):
        return Interface(inputs, (Field("o0", Name("str")),), None, locations)
    later = declaration.returns or set_by_module(symbol, names)
    if later is not None:
        outputs, void = _outputs(_resolve(later.node, later.scope, definitions, None), definitions)
        return Interface(inputs, outputs, void, locations)
    if node.returns is None:
        if declaration.pickle_untyped:
            return Interface(inputs, (Field("o0", ANY),), None, locations)
        return Interface(inputs, (), VoidKind.UNANNOTATED, locations)
    returned = _resolve(node.returns, scope, definitions, node.lineno)
    outputs, void = _outputs(returned, definitions)
    return Interface(inputs, outputs, void, locations)


def _annotation_scope(symbol: FunctionSymbol, names: Names) -> Scope:
    """Annotations are read where the function stands; only PEP 695 parameters add names to that."""
    if getattr(symbol.node, "type_params", None):
        return names.function_scope(symbol.scope, symbol.node)
    return symbol.scope


def _resolve(node: ast.expr, scope: Scope, definitions: Definitions, line: int | None) -> Type:
    return bind_free(definitions.annotations.resolve(node, scope, line), ())


def _inputs(
    node: Function, scope: Scope, definitions: Definitions
) -> tuple[tuple[Field, ...], dict[str, PartLocation]]:
    arguments = node.args
    everything = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    defaulted = _defaulted(arguments)
    fields, locations = [], {}
    for argument in everything:
        annotation = argument.annotation
        type_ = _resolve(annotation, scope, definitions, node.lineno) if annotation else ANY
        fields.append(Field(argument.arg, type_))
        location = scope.module.location(argument)
        locations[argument.arg] = PartLocation(location, argument.arg in defaulted)
    return tuple(fields), locations


def _defaulted(arguments: ast.arguments) -> set[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    last = positional[len(positional) - len(arguments.defaults) :]
    keyword = [
        a for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None
    ]
    return {argument.arg for argument in (*last, *keyword)}


def _outputs(returned: Type, definitions: Definitions) -> tuple[tuple[Field, ...], VoidKind | None]:
    """One variable a tuple item or NamedTuple field, else `o0`."""
    plain = returned.base if isinstance(returned, Annotated) else returned
    if plain == NONE:
        return (), VoidKind.NONE
    match plain:
        case Apply("tuple", ()):
            return (), VoidKind.EMPTY
        case Apply("tuple", items):
            return tuple(Field(f"o{index}", item) for index, item in enumerate(items)), None
        case Ref(key, args):
            definition = definitions.definition(key)
            if not definition.kind.fields_are_outputs:
                return (Field("o0", returned),), None
            if any(map(is_unresolved, definition.bases)):
                # Its fields cannot be read, so nobody knows whether there are any.
                return (Field("outputs", returned),), None
            if definition.bases or not definition.fields:
                return (), VoidKind.EMPTY
            bound = dict(zip(definition.parameters, args, strict=False))
            fields = [
                Field(f.name, bind_free(substitute(f.type, bound), ())) for f in definition.fields
            ]
            return tuple(fields), None
        case _:
            return (Field("o0", returned),), None
