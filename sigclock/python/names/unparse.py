"""Syntax nodes and constants as text, also such as Python refuses to write."""

from __future__ import annotations

import ast
import copy
import hashlib

#: Bits from which on a whole number is written in hexadecimal. `str` takes time with the square of
#: the digits, and refuses some thousands of them, or fewer where the environment says so.
_LONG = 2_000
#: Fields of syntax nodes that are no part of what is meant.
_UNSAID = frozenset(["ctx", "kind", "type_comment", "type_params"])


def source_of(node: ast.AST) -> str:
    """A node as Python source; one that is nested too deeply for that by a hash of what it says.

    It is the same under every Python, for signatures rest on it.
    """
    try:
        kinds = {type(part) for part in ast.walk(node)}
        if kinds & {ast.JoinedStr, ast.comprehension}:
            node = _Alike().visit(copy.deepcopy(node))
        text = ast.unparse(node)
        # Without parameters, 3.10 puts a space behind the word.
        return text.replace("lambda :", "lambda:") if ast.Lambda in kinds else text
    except (RecursionError, ValueError):
        return f"... {_hash(node)[:16]}"


class _Alike(ast.NodeTransformer):
    """Puts names with the text of what one Python spells otherwise than another."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """An f-string: from 3.12 on, a quote may stand inside its braces as well."""
        return ast.Name(f"f{_formatted(node)!r}")

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Its targets: 3.10 puts those of a tuple in brackets."""
        if isinstance(node.target, ast.Tuple):
            targets = [source_of(target) for target in node.target.elts]
            node.target = ast.Name(f"{', '.join(targets)}{',' if len(targets) == 1 else ''}")
        return self.generic_visit(node)


def _formatted(node: ast.JoinedStr) -> str:
    """What stands between the quotes of an f-string."""
    text = ""
    for part in node.values:
        match part:
            case ast.Constant(str() as value):
                text += value.replace("{", "{{").replace("}", "}}")
            case ast.FormattedValue(value, conversion, spec):
                inner = source_of(value)
                inner = f"({inner})" if isinstance(value, ast.IfExp) else inner
                shown = f"!{chr(conversion)}" if conversion > 0 else ""
                behind = f":{_formatted(spec)}" if isinstance(spec, ast.JoinedStr) else ""
                text += f"{{{' ' * inner.startswith('{')}{inner}{shown}{behind}}}"
            case _:
                text += source_of(part)
    return text


def line_of(node: ast.AST) -> str:
    """The same on one line."""
    return " ".join(source_of(node).split())


def last_name(node: ast.AST) -> str:
    """The name, or the last word of the attribute, that an expression is; else nothing."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def repr_of(value: object) -> str:
    """`repr` of a constant."""
    return _hexadecimal(value) or repr(value)


def str_of(value: object) -> str:
    """`str` of a constant."""
    return _hexadecimal(value) or str(value)


def digest_of(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> str:
    """A short hash of what a function does: its parameters and its body, without a docstring."""
    body = function.body
    if isinstance(body, list) and isinstance(body[0], ast.Expr):
        body = body[1:] if isinstance(body[0].value, ast.Constant) else body
    parts = [function.args, *(body if isinstance(body, list) else [body])]
    return hashlib.sha256("".join(map(_hash, parts)).encode()).hexdigest()[:16]


def _hexadecimal(value: object) -> str:
    """A whole number that is too long for another form; else nothing."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _LONG else ""


def _hash(node: ast.AST) -> str:
    hasher = hashlib.sha256()
    work: list[object] = [node]
    while work:
        part = work.pop()
        match part:
            case ast.AST():
                text = type(part).__name__
                work.extend(
                    getattr(part, name, None) for name in part._fields if name not in _UNSAID
                )
            case list():
                text = f"{len(part)} parts"
                work.extend(part)
            case _:
                text = repr_of(part)
        data = text.encode("utf-8", "backslashreplace")
        hasher.update(b"%d:%s" % (len(data), data))
    return hasher.hexdigest()
