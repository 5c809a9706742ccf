"""Trees that want their reader to raise, to run for ever or to eat the machine, each by name."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.doublings import doublings
from fuzz.shapes import Files, multitudes, nestings
from fuzz.texts import bytes_of_all_kinds, digits, long_lines

#: Tables of trees, each made when it is asked for.
FAMILIES: dict[str, Callable[[], dict[str, Files]]] = {
    "nested-30": lambda: nestings(30),
    "nested-95": lambda: nestings(95),
    "nested-900": lambda: nestings(900),
    "nested-2900": lambda: nestings(2_900),
    "many-100": lambda: multitudes(100),
    "many-5000": lambda: multitudes(5_000),
    "doubling-28": lambda: doublings(28),
    "doubling-60": lambda: doublings(60),
    "digits": lambda: digits(10_000),
    "bytes": bytes_of_all_kinds,
    "line-100kB": lambda: long_lines(100_000),
    "line-5MB": lambda: long_lines(5_000_000),
    "line-100MB": lambda: long_lines(100_000_000),
}
