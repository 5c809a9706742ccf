"""Fuzz one target under coverage: `python tests/fuzz/atheris_fuzz.py TARGET [FOLDER] [-option=…]`.

Needs `atheris`, which is no dependency of the tests; options are libFuzzer's, such as
`-max_total_time=600`. FOLDER keeps the corpus. What fails belongs into `tests/fuzz/corpus`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris  # type: ignore[import-not-found, import-untyped, unused-ignore]

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

with atheris.instrument_imports(include=["sigclock"]):
    from fuzz.seeds import WORDS, seeds
    from fuzz.targets import TARGETS


def main() -> None:
    target, *rest = sys.argv[1:]
    options = [option for option in rest if option.startswith("-")]
    folders = [option for option in rest if not option.startswith("-")]
    with tempfile.TemporaryDirectory() as place:
        start = Path(place, "seeds")
        start.mkdir()
        for number, seed in enumerate(seeds(target)):
            (start / str(number)).write_bytes(seed)
        words = Path(place, "words")
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in WORDS[target] if word))
        arguments = [sys.argv[0], *folders, str(start), f"-dict={words}", *options]
        atheris.Setup(arguments, TARGETS[target])
        atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word[:60])


if __name__ == "__main__":
    main()
