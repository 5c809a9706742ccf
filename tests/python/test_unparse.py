"""Source is spelled the same under every Python."""

from __future__ import annotations

import ast

import pytest

from sigclock.python.names.unparse import source_of


@pytest.mark.parametrize(
    ("source", "spelled"),
    {
        "{k: v for k, v in z}": "{k: v for k, v in z}",
        "[a for a, in z]": "[a for a, in z]",
        "[a for (a, b), *c in z if a]": "[a for (a, b), *c in z if a]",
        "[b for a in z for b, in a]": "[b for a in z for b, in a]",
        "f(lambda : 1, lambda x: 2)": "f(lambda: 1, lambda x: 2)",
        "f'{x}-{y!r:>{w}}'": "f'{x}-{y!r:>{w}}'",
        "f'{x[\"a\"]}'": "f\"{x['a']}\"",
        "f\"{x['a']}\"": "f\"{x['a']}\"",
        "f\"{'a' if x else 'b'}\"": "f\"{('a' if x else 'b')}\"",
        "f'{ {1}}{{}}'": "f'{ {1}}{{}}'",
        "'a' f'b{x}'": "f'ab{x}'",
        "f'{x}' 'b'": "f'{x}b'",
        "f'{x!s}\\n'": "f'{x!s}\\n'",
        "f'{[a for a, b in z]}'": "f'{[a for a, b in z]}'",
        "[f'{a}' for a, b in z]": "[f'{a}' for a, b in z]",
    }.items(),
)
def test_source_is_spelled_alike(source: str, spelled: str) -> None:
    node = ast.parse(source, mode="eval").body
    before = ast.dump(node)
    assert source_of(node) == spelled
    assert ast.dump(node) == before
