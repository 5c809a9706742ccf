from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigclock.errors import ConfigError
from sigclock.project.config import Config, has_table, load

FULL = """\
[project]
name = "x"

[tool.sigclock]
source-roots = ["src/", "./lib/../lib2", "."]
include = ["src", "*.py"]
exclude = ["tests/"]
bump = "signature"
shared-versions = "report"
fail-on = "warning"
select = ["stale-cache"]
ignore = ["opaque-output"]
task-decorators = ["team.tasks.cached", "vendor.*"]
not-tasks = ["other.step"]
void = "off"
track = ["outputs", "inputs"]
"""


def table(line: str) -> bytes:
    return f"[tool.sigclock]\nbump = 'increment'\n{line}\n[tool.other]\nbumb = 1\n".encode()


def wrong(data: bytes) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        load(data, "pyproject.toml")
    return caught.value.message, caught.value.location


def test_every_key_is_read() -> None:
    assert load(FULL.encode(), "pyproject.toml") == Config(
        source_roots=("src", "lib2", "."),
        include=("src", "*.py"),
        exclude=("tests/",),
        bump="signature",
        shared_versions="report",
        fail_on="warning",
        select=("stale-cache",),
        ignore=("opaque-output",),
        task_decorators=("team.tasks.cached", "vendor.*"),
        not_tasks=("other.step",),
        void="off",
        track=("outputs", "inputs"),
    )


@pytest.mark.parametrize("text", [None, b"", b"[project]\n", b"tool = 1", b"[tool.sigclock]"])
def test_defaults(text: bytes | None) -> None:
    assert load(text, "pyproject.toml") == Config()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bumb = 1", "tool.sigclock.bumb: unknown key 'bumb'; did you mean 'bump'?"),
        ("zzz = 1", "tool.sigclock.zzz: unknown key 'zzz'"),
        (
            "source_roots = []",
            "tool.sigclock.source_roots: unknown key 'source_roots'; did you mean 'source-roots'?",
        ),
        ("include = 'src'", "tool.sigclock.include: expected an array, found a string"),
        ("include = ['a', 1]", "tool.sigclock.include.1: expected a string, found a number"),
        ("void = true", "tool.sigclock.void: expected a string, found a boolean"),
        ("void = 1979-05-27", "tool.sigclock.void: expected a string, found a date"),
        ("fail-on = 'info'", "tool.sigclock.fail-on: expected 'error' or 'warning', found 'info'"),
        ("track = ['inputs']", "tool.sigclock.track: 'outputs' cannot be left out"),
        (
            "select = ['stale-cahce']",
            "tool.sigclock.select.0: there is no rule 'stale-cahce'; did you mean 'stale-cache'?",
        ),
        (
            "source-roots = ['a/../..']",
            "tool.sigclock.source-roots.0: 'a/../..' leads out of the project",
        ),
        (
            "exclude = ['!a']",
            (
                "tool.sigclock.exclude.0: "
                "'!a': patterns cannot be negated; use both include and exclude"
            ),
        ),
        ("exclude = ['/']", "tool.sigclock.exclude.0: '/' is not a pattern"),
        (
            "exclude = ['[z-a]']",
            "tool.sigclock.exclude.0: '[z-a]' is not a pattern: bad character range z-a",
        ),
        (
            "task-decorators = ['a.b()']",
            (
                "tool.sigclock.task-decorators.0: "
                "expected a dotted name such as 'team.tasks.cached' or 'team.*', found 'a.b()'"
            ),
        ),
        (
            "not-tasks = ['*']",
            (
                "tool.sigclock.not-tasks.0: "
                "expected a dotted name such as 'team.tasks.cached' or 'team.*', found '*'"
            ),
        ),
    ],
)
def test_a_wrong_key_or_value_is_named(line: str, message: str) -> None:
    assert wrong(table(line)) == (message, "pyproject.toml:3")


@pytest.mark.parametrize("root", ["/src", "C:/src", "C:src", "\\src", "a\\b", "", "//host/x"])
def test_source_roots_are_relative(root: str) -> None:
    message, _ = wrong(table(f"source-roots = ['{root}']"))

    assert message.endswith(
        f"expected a folder relative to this file, with slashes, found {root!r}"
    )


@pytest.mark.parametrize(
    ("data", "message", "location"),
    [
        (
            b"tool.sigclock = 1",
            "tool.sigclock: expected an object, found a number",
            "pyproject.toml",
        ),
        (
            b"tool.sigclock.bumb = 1",
            "tool.sigclock.bumb: unknown key 'bumb'; did you mean 'bump'?",
            "pyproject.toml",
        ),
        (
            b"x = 1\nx = 2\n",
            "not valid TOML: Cannot overwrite a value (at line 2, column 6)",
            "pyproject.toml:2",
        ),
        (b"a = " + b"[" * 100_000, "not valid TOML: nested too deeply", "pyproject.toml"),
        (
            b"\xff",
            (
                "not valid TOML: "
                "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
            ),
            "pyproject.toml",
        ),
    ],
)
def test_the_file_is_wrong(data: bytes, message: str, location: str) -> None:
    assert wrong(data) == (message, location)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", False),
        (b"[tool.sigclock]", True),
        (b"tool.sigclock.bump = 'x'", True),
        (b"[tool]\nsigclock = {}", True),
        (b"[project]\ndependencies = ['sigclock']", False),
        (b"[tool.sigclock]\nbump = ", True),
        (b"sigclock = ", False),
        (b"[tool.sigclock]\n\xff", True),
    ],
)
def test_has_table(data: bytes, expected: bool) -> None:  # noqa: FBT001 (a column of the table)
    assert has_table(data) is expected


@pytest.mark.parametrize(
    ("pattern", "inside", "outside"),
    [
        ("tests", ["tests/a.py", "a/tests/b/c.py", "tests"], ["tests.py", "mytests/a.py"]),
        ("tests/", ["tests/a.py", "a/tests/b.py"], ["tests", "a/tests"]),
        ("/tests", ["tests/a.py"], ["a/tests/b.py"]),
        ("*.py", ["a.py", "b/a.py", "x.py/y"], ["a.pyc", "a_py"]),
        ("src/*.py", ["src/a.py"], ["src/b/a.py", "x/src/a.py"]),
        ("./src", ["src/a.py"], ["x/src/a.py"]),
        ("src/**", ["src/a.py", "src/b/a.py"], ["src", "x/src/a.py"]),
        ("src/**/a.py", ["src/a.py", "src/b/c/a.py"], ["src/ba.py", "a.py"]),
        ("**/gen", ["gen/a.py", "x/y/gen/a.py"], ["agen/a.py"]),
        ("**", ["a.py", "b/a.py"], []),
        ("a?c.py", ["abc.py"], ["ac.py", "a/c.py"]),
        ("[!a-b]?.py", ["cx.py", "x/cx.py"], ["ax.py", "/x.py"]),
        ("[]x].py", ["].py", "x.py"], ["y.py"]),
        ("a[b.py", ["a[b.py"], ["ab.py"]),
        ("a.b", ["a.b"], ["axb"]),
        ("é\n*", ["é\nx", "é\nx/y\nz"], ["é"]),
    ],
)
def test_patterns(pattern: str, inside: list[str], outside: list[str]) -> None:
    config = Config(exclude=(pattern,))

    assert [path for path in [*inside, *outside] if config.selects(path)] == outside


def test_included_and_not_excluded() -> None:
    config = Config(include=("src", "*_tasks.py"), exclude=("gen", "*_pb2.py"))
    paths = ["src/a.py", "src/gen/a.py", "src/a_pb2.py", "x/my_tasks.py", "x/y.py"]

    assert list(filter(config.selects, paths)) == ["src/a.py", "x/my_tasks.py"]


@given(st.text(st.sampled_from("a/*?[]!-^\\.")), st.text(st.sampled_from("a/]-^\\.")))
def test_any_pattern_is_read_or_refused(pattern: str, path: str) -> None:
    quoted = pattern.replace("\\", "\\\\")
    try:
        config = load(table(f'exclude = ["{quoted}"]'), "pyproject.toml")
    except ConfigError:
        return
    assert isinstance(config.selects(path), bool)


@given(st.text())
def test_any_text_is_a_configuration_or_an_error(text: str) -> None:
    try:
        config = load(f"[tool.sigclock]\n{text}".encode(), "pyproject.toml")
    except ConfigError as error:
        assert error.advice  # noqa: PT017 (both ends are right)
    else:
        assert isinstance(config, Config)


@pytest.mark.parametrize("part", ["a", '"a"', "a ", "'a' "])
def test_a_key_without_end_is_refused_at_once(part: str) -> None:
    with pytest.raises(ConfigError, match="a key of more than 100 parts"):
        load(f"[tool.sigclock]\n{'.'.join([part] * 100_000)} = 1\n".encode(), "pyproject.toml")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 6 + "*b.py", "a" * 60 + ".py"),
        ("**/" * 6 + "y.py", "x/" * 25 + "z.py"),
        ("**/a*/" * 6 + "y.py", "a/" * 40 + "z.py"),
        ("*a" * 200 + "b", "a" * 4000),
        ("**/a/" * 100 + "b", "a/" * 2000 + "c"),
    ],
    ids=["stars", "folders", "both", "long", "deep"],
)
def test_no_pattern_takes_longer_than_its_length_times_the_path(pattern: str, path: str) -> None:
    began = time.process_time()
    assert Config(exclude=(pattern,)).selects(path)
    assert time.process_time() - began < 1


@given(
    st.lists(st.text("ab*?", min_size=1, max_size=4) | st.just("**"), min_size=1, max_size=4),
    st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=5),
    st.sampled_from(["", "/"]),
)
def test_a_pattern_fits_what_the_naive_reading_fits(
    parts: list[str], path: list[str], end: str
) -> None:
    anywhere = len(parts) == 1
    pattern = "/".join(parts) + end
    expected = _fits(["**", *parts] if anywhere else parts, path, inside=end == "/")
    assert Config(exclude=(pattern,)).selects("/".join(path)) is not expected


def _fits(parts: list[str], path: list[str], *, inside: bool) -> bool:
    """Every way to divide the path: the parts fit its start, and what is left is below a folder."""
    if not parts:
        return bool(path) if inside else True
    first, *rest = parts
    if first == "**" and rest:
        return any(_fits(rest, path[at:], inside=inside) for at in range(len(path) + 1))
    if not path:
        return False
    fits = first == "**" or fnmatch.fnmatchcase(path[0], first)
    return fits and _fits(rest, path[1:], inside=inside)
