"""A bump of a version anywhere in real files changes that literal and nothing else."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from fuzz.planted import Refused, check, files

SAMPLE = [
    *files([Path(sysconfig.get_path("stdlib"), name) for name in ("json", "email", "asyncio")])
]
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda data: data,
    "CRLF": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "CR": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r"),
    "BOM": lambda data: b"\xef\xbb\xbf" + data,
    "Latin-1": lambda data: b"# coding: latin-1\n" + data,
}


@pytest.mark.parametrize("number", range(len(FORMS)), ids=FORMS)
def test_a_bump_changes_one_literal(number: int) -> None:
    change = list(FORMS.values())[number]
    sample = SAMPLE[number :: len(FORMS)]
    refused = [refusal(change(path.read_bytes()), seed) for seed, path in enumerate(sample)]
    assert set(refused) <= {"", "no function"}
    assert refused.count("") > len(sample) / 2


@pytest.mark.parametrize(
    ("wrapped", "told"),
    [("print", ""), ("lib.fn", ""), ("gone", ""), ("fn", "it goes by the name of what")],
)
def test_a_wrapper_of_what_a_call_decides_is_explained(wrapped: str, told: str) -> None:
    outer = f"def w(fn):\n    @functools.wraps({wrapped})\n    def f(): ...\n"
    source = f"import functools, lib\n{outer}".encode()
    refused = {refusal(source, seed).split(" a function")[0] for seed in range(20)}
    assert refused == {"", told}


def refusal(data: bytes, seed: int) -> str:
    try:
        check(data, seed)
    except Refused as refused:
        return str(refused)
    return ""
