"""Which arm of a condition counts, where that can be told without running anything."""

from __future__ import annotations

import ast

#: The branch that counts, one that Python takes only if that fails, and one that depends.
PREFERRED, FALLBACK, OPEN = "preferred", "fallback", "open"
#: How the arm of an `except` is called, with its number.
HANDLER = "handler"


def if_ranks(test: ast.expr) -> dict[str, str]:
    """How the arms of a condition rank, `body` and `orelse`; empty where only a run can tell."""
    match test:
        case ast.Constant(True):
            return {"body": PREFERRED, "orelse": FALLBACK}
        case ast.Name("TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            # It is False when Flyte runs; what only stands there counts where nothing else does.
            return {"body": FALLBACK, "orelse": PREFERRED}
        case ast.UnaryOp(ast.Not(), operand) if not isinstance(operand, ast.UnaryOp):
            ranks = if_ranks(operand)
            return {"body": ranks["orelse"], "orelse": ranks["body"]} if ranks else {}
        case ast.Constant(False):
            return {"body": FALLBACK, "orelse": PREFERRED}
        case ast.Compare(left, [operator], [right]):
            newest = _is_newest(left, operator, right)
            if newest is None:
                return {}
            body, orelse = (PREFERRED, FALLBACK) if newest else (FALLBACK, PREFERRED)
            return {"body": body, "orelse": orelse}
        case _:
            return {}


def _is_newest(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> bool | None:
    """Whether a comparison with `sys.version_info` holds for the newest Python; None for others."""
    if _is_version_info(right):
        turned = {ast.GtE: ast.LtE(), ast.Gt: ast.Lt(), ast.LtE: ast.GtE(), ast.Lt: ast.Gt()}
        left, operator, right = right, turned.get(type(operator), operator), left
    if not _is_version_info(left):
        return None
    match operator, right:
        case ((ast.GtE() | ast.Gt()), _):
            return True
        case ((ast.LtE() | ast.Lt()), _):
            return False
        case ((ast.Eq() | ast.NotEq()), ast.Constant(2 | 3 as major)):
            return (major == 3) is isinstance(operator, ast.Eq)  # noqa: PLR2004 - Python 2 or 3
        case _:
            return None


def _is_version_info(node: ast.expr) -> bool:
    while isinstance(node, ast.Subscript):
        node = node.value
    match node:
        case ast.Attribute(attr="version_info") | ast.Name("version_info"):
            return True
        case _:
            return False
