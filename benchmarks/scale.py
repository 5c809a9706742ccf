"""Every bar on speed and size, side by side with its yardstick, and how cost grows.

    python benchmarks/scale.py [--runs N] [--files N] [--plot FILE] [--keep DIR]

Makes repositories of 500 and 50,000 Python files (`synthetic.py`), 1 % and 10 % of them with
tasks. Every figure is a whole process in processor time; what is compared runs in turn, and ratios
are medians of paired runs. `--plot` draws growth over files, tasks, the depth of the class graph
and the size of a staged change (needs matplotlib).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from check import FLOOR, GRIFFE
from synthetic import Shape, commit, make
from timing import Command, Spent, forget, git, memory, noise, paired, ratio, seconds, spent

from sigclock.tasks.extract import Options, markers

SMALL = 500
HOOK = (sys.executable, "-m", "sigclock", "hook", "run")
#: What a hook needs for a commit without a source in it.
IMPORTS = "import sigclock.cli.commands.hook, git.cmd"
REGISTER = """\
import importlib, pathlib
from flytekit.configuration import Image, ImageConfig, SerializationSettings
from flytekit.core.base_task import PythonTask
from flytekit.tools.translator import get_serializable
import sys
sys.path.insert(0, ".")
image = Image("main", "example.org/image", "1")
settings = SerializationSettings(
    ImageConfig(image, [image]), project="p", domain="d", version="1", env={}
)
for path in sorted(pathlib.Path().glob("area*/part*/tasks_*.py")):
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    for one in list(vars(module).values()):
        if isinstance(one, PythonTask):
            get_serializable({}, settings, one)
"""


class Bar(NamedTuple):
    """A measurement beside its yardstick; `most` is the ratio that it must not pass, if any."""

    what: str
    runs: list[Spent]
    yardstick: list[Spent]
    most: float | None = None

    def told(self) -> str:
        found = ratio(self.runs, self.yardstick)
        held = "" if self.most is None else f"of {self.most:.1f}x"
        mark = "" if self.most is None else ("holds" if found <= self.most else "missed")
        spread = f"{noise(self.runs):.0%}"
        times = f"{seconds(self.runs):>7.2f} s {seconds(self.yardstick):>7.2f} s"
        return (
            f"{self.what:<58} {times} {found:>6.2f}x {held:<8} {mark:<6}"
            f" {memory(self.runs):>4.0f} MB  +-{spread}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure every bar.")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--files", type=int, default=50_000, help="of the large repositories")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--keep", type=Path, help="make the repositories here and leave them")
    given = parser.parse_args()
    with _folder(given.keep) as folder:
        print(f"{'':<58} {'time':>9} {'yardstick':>9} {'ratio':>7}")
        for bar in _bars(folder, given.files, given.runs):
            print(bar.told(), flush=True)
        if given.plot:
            _plot(_growth(folder, given.files, given.runs), given.plot)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _bars(folder: Path, files: int, runs: int) -> Iterator[Bar]:
    for share in (0.01, 0.1):
        named = f"{share:.0%} with tasks"
        small, large = (_locked(folder, Shape(count, share)) for count in (SMALL, files))
        found = paired(
            {
                "status": Command(["git", "status", "--short"], large),
                "floor": _python(large, FLOOR, *_words()),
                "cold": _check(large, cold=True),
                "warm": _check(large),
            },
            runs,
        )
        small, large = map(_with_hook, (small, large))
        found |= paired(
            {
                "imports": _python(large, IMPORTS),
                "nothing": _hook(large, _staged_readme),
                "few": _hook(small, _staged_body),
                "many": _hook(large, _staged_body),
                "due few": _hook(small, _staged_field),
                "due many": _hook(large, _staged_field),
            },
            runs,
        )
        for what, mine, yardstick, most in (
            ("hook, nothing that matters; importing", "nothing", "imports", 2),
            (f"hook, a body among {files:,}; among {SMALL}", "many", "few", 1.5),
            (f"hook, a field among {files:,}; among {SMALL}", "due many", "due few", 1.5),
            ("check, cold; read and parse", "cold", "floor", 3),
            ("check, warm; read and parse", "warm", "floor", None),
            ("check, warm; git status", "warm", "status", None),
        ):
            yield Bar(f"{what} ({named})", found[mine], found[yardstick], most)
    small = _locked(folder, Shape(SMALL, 0.1))
    found = paired(
        {
            "cold": _check(small, cold=True),
            "griffe": _python(small, GRIFFE),
            "register": _python(small, REGISTER),
        },
        runs,
    )
    yield Bar(f"check, cold; griffe loads the same ({SMALL} files)", found["cold"], found["griffe"])
    yield Bar(
        f"check, cold; flytekit imports and serialises ({SMALL} files)",
        found["cold"],
        found["register"],
    )


# -- repositories ------------------------------------------------------------------------------


def _locked(folder: Path, shape: Shape) -> Path:
    """A repository of a shape, locked and committed, with what a run keeps in place."""
    name = "-".join(map(str, shape))
    place = folder / name
    if not place.exists():
        make(place, shape)
        for verb in ("update", "check"):
            spent(Command([sys.executable, "-m", "sigclock", verb, "-q"], place))
            commit(place, "lock")
    return place


def _staged_readme(place: Path) -> None:
    (place / "README.md").write_text("Words.\n")


def _staged_body(place: Path) -> None:
    """A line in the body of a task: it is read again, and nothing is due."""
    path = min(place.glob("area0/part0/tasks_*.py"))
    path.write_text(path.read_text().replace("    value_", "    other = 1\n    value_", 1))


def _staged_field(place: Path) -> None:
    """A field of the innermost class of a package: all tasks that reach it are due."""
    path = place / "area0/part0/models.py"
    path.write_text(path.read_text() + "    added: int = 0\n")


def _staged_many(count: int) -> Callable[[Path], None]:
    def stage(place: Path) -> None:
        for path in sorted(place.glob("area*/part*/tasks_*.py"))[:count]:
            path.write_text(path.read_text().replace("    value_", "    other = 1\n    value_", 1))

    return stage


# -- commands ----------------------------------------------------------------------------------


def _python(place: Path, code: str, *arguments: str) -> Command:
    return Command([sys.executable, "-c", code, *arguments], place)


def _check(place: Path, *, cold: bool = False) -> Command:
    def prepare() -> None:
        if cold:
            forget(place)

    return Command([sys.executable, "-m", "sigclock", "check", "-q"], place, prepare)


def _hook(place: Path, stage: Callable[[Path], None]) -> Command:
    """The hook for one staged change; what the last run staged of it is undone before."""

    def prepare() -> None:
        git(place, "reset", "-q", "--hard")
        stage(place)
        git(place, "add", "--all")

    return Command(HOOK, place, prepare)


def _with_hook(place: Path) -> Path:
    """Commit a change of no account under the hook, so that the next one knows what is there."""
    git(place, "reset", "-q", "--hard")
    path = min(place.glob("area0/part0/plain_*.py"))
    path.write_text(f"{path.read_text()}# settled\n")
    git(place, "add", "--all")
    spent(Command(HOOK, place))
    git(place, "commit", "-q", "--no-verify", "--message", "settled")
    return place


def _words() -> list[str]:
    return sorted(word.decode() for word in markers(Options()))


# -- growth ------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """Seconds over sizes, by what was run."""

    over: str
    sizes: Sequence[int]
    lines: dict[str, list[float]]


def _growth(folder: Path, files: int, runs: int) -> Iterator[Curve]:
    sizes = [size for size in (500, 1_500, 5_000, 15_000, 50_000) if size <= files]
    yield _curve("files, 2 % with tasks", sizes, lambda n: Shape(n, 0.02), folder, runs)
    tasks = [50, 150, 500, 1_500]
    shapes = {n: Shape(5_000, n / 5_000) for n in tasks}
    yield _curve("task files among 5,000", tasks, shapes.__getitem__, folder, runs)
    depths = [2, 4, 8, 16, 32]
    yield _curve(
        "depth of the class graph", depths, lambda n: Shape(500, 0.1, depth=n), folder, runs
    )
    staged = [1, 5, 25, 100, 400]
    place = _with_hook(_locked(folder, Shape(5_000, 0.1)))
    found = paired({str(n): _hook(place, _staged_many(n)) for n in staged}, runs)
    yield Curve("staged task files", staged, {"hook": [seconds(found[str(n)]) for n in staged]})


def _curve(
    over: str, sizes: Sequence[int], shape: Callable[[int], Shape], folder: Path, runs: int
) -> Curve:
    cold, warm = [], []
    for size in sizes:
        place = _locked(folder, shape(size))
        found = paired({"cold": _check(place, cold=True), "warm": _check(place)}, runs)
        cold.append(seconds(found["cold"]))
        warm.append(seconds(found["warm"]))
        print(f"{over}: {size:>6} {cold[-1]:.2f} s cold, {warm[-1]:.2f} s warm", flush=True)
    return Curve(over, sizes, {"check, cold": cold, "check, warm": warm})


def _plot(curves: Iterator[Curve], file: Path) -> None:
    import matplotlib.pyplot as plt  # noqa: PLC0415 - only for a picture

    found = list(curves)
    figure, axes = plt.subplots(1, len(found), figsize=(4 * len(found), 3.4))
    for axis, curve in zip(axes, found, strict=True):
        for name, times in curve.lines.items():
            axis.plot(curve.sizes, times, marker="o", label=name)
        axis.set_xlabel(curve.over)
        axis.set_ylabel("processor seconds")
        axis.set_ylim(bottom=0)
        axis.legend()
    figure.tight_layout()
    figure.savefig(file, dpi=80)


if __name__ == "__main__":
    main()
