"""What the policy answers, asked as the SDKs ask it: with a live function."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from support.projects import Project

from sigclock.errors import SigclockError
from sigclock.flyte import MARKER, SignaturePolicy, returns_marker
from sigclock.flyte.policy import RefusalError
from sigclock.interface.hash_schemes import Signatures
from sigclock.lock import ledger, reader
from sigclock.lock.lock import Acceptance
from sigclock.source import LOCK_NAME

if TYPE_CHECKING:
    from pathlib import Path

FIELD = "    mean: float\n"
MORE = "    mean: float\n    count: int = 0\n"
FIT = """\
from dataclasses import dataclass
from flytekit import task

@dataclass
class Stats:
    mean: float

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    return Stats(0.0)
"""
ADDED = FIT.replace(FIELD, MORE)
VOID = FIT.replace("-> Stats", "-> None")


class Params(NamedTuple):
    """What Flyte 2 hands to a policy, as far as it is read."""

    func: FunctionType | None


class FlytekitParams(Params):
    """What flytekit does; known by the module that it comes from."""


FlytekitParams.__module__ = "flytekit.core.cache"


def live(path: Path, name: str = "fit") -> FunctionType:
    """The function as an import would make it, below its decorators."""
    constants = compile(path.read_text(), str(path), "exec").co_consts
    codes = [one for one in constants if isinstance(one, CodeType) and one.co_name == name]
    return FunctionType(codes[-1], {})


def version(path: Path, policy: SignaturePolicy | None = None, salt: str = "") -> str:
    return (policy or SignaturePolicy()).get_version(salt, FlytekitParams(live(path)))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "flow.py"
    path.write_text(text)
    return path


def locked(tmp_path: Path, text: str = FIT) -> tuple[Project, Path]:
    project = Project.of(tmp_path / "repo", {"flow.py": text})
    return project, project.path / "flow.py"


def test_a_version_names_its_revision_and_never_moves(tmp_path: Path) -> None:
    digest = "78c8ace6f474d8e28920009380e2384c03bcee23b95cc61048b6e78e57d8fae4"
    assert version(written(tmp_path, FIT)) == f"sigclock:1:{digest}"


@pytest.mark.parametrize(
    ("after", "moves"),
    [
        pytest.param(FIT, False, id="the same"),
        pytest.param(ADDED, True, id="a field more"),
        pytest.param(FIT.replace("Stats(0.0)", "Stats(1.0)"), False, id="another body"),
        pytest.param(FIT.replace("1.0", "2.0"), False, id="another decorator"),
        pytest.param(FIT.replace("@dataclass", "@dataclass(frozen=True)"), False, id="frozen"),
    ],
)
def test_a_version_moves_with_the_signature_alone(
    tmp_path: Path,
    after: str,
    moves: bool,  # noqa: FBT001 - a table of outcomes
) -> None:
    before = version(written(tmp_path, FIT))
    assert (version(written(tmp_path, after)) != before) == moves


def test_a_salt_moves_the_version(tmp_path: Path) -> None:
    path = written(tmp_path, FIT)
    assert len({version(path), version(path, salt="a"), version(path, salt="b")}) == 3


def test_the_version_is_the_same_with_and_without_a_repository(tmp_path: Path) -> None:
    _, path = locked(tmp_path)
    assert version(path) == version(written(tmp_path, FIT))


def test_a_task_outside_any_tree_of_git_is_found_beside_its_package(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "team"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(FIT.partition("@task")[0])
    path = package / "flow.py"
    path.write_text("from team.models import Stats\n\ndef fit(path: str) -> Stats: ...\n")
    assert version(path) == version(written(tmp_path, FIT))


def long_signature(project: Project) -> str:
    """All digits of the locked signature."""
    snapshot = project.lock.snapshot
    task = snapshot.tasks["flow.fit"]
    return Signatures(snapshot.definitions).long(task.outputs, task.sdk)


def test_an_accepted_change_keeps_the_version(tmp_path: Path) -> None:
    project, path = locked(tmp_path)
    before, signature = version(path), long_signature(project)
    project.edit("flow.py", FIELD, MORE)
    project.update(bump=False)
    moved = version(path)
    project.write("flow.py", ADDED.replace("1.0", "1.1"))
    project.update()
    word = Acceptance(signature, long_signature(project), "never read")
    account = ledger.accept(project.lock.ledger["flow.fit"], word)
    lock = msgspec.structs.replace(project.lock, ledger={"flow.fit": account})
    project.write(LOCK_NAME, reader.dumps(lock))
    assert (moved != before, version(path)) == (True, before)


def test_strict_takes_what_the_lock_has(tmp_path: Path) -> None:
    _, path = locked(tmp_path)
    assert version(path, SignaturePolicy(strict=True)) == version(path)


@pytest.mark.parametrize(
    ("after", "what"),
    [
        pytest.param(ADDED, "fit does not return what the lock says", id="changed"),
        pytest.param(FIT.replace("def fit", "def fit_all"), "fit_all is not in the lock", id="new"),
    ],
)
def test_strict_refuses_what_the_lock_has_not(tmp_path: Path, after: str, what: str) -> None:
    project, path = locked(tmp_path)
    project.write("flow.py", after)
    function = live(path, "fit_all" if "fit_all" in after else "fit")
    with pytest.raises(RefusalError, match=what) as refused:
        SignaturePolicy(strict=True).get_version("", FlytekitParams(function))
    assert "sigclock update" in str(refused.value)


def test_strict_refuses_where_there_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match=r"fit has no lock: \.sigclock\.lock"):
        version(written(tmp_path, FIT), SignaturePolicy(strict=True))


@pytest.mark.parametrize("name", ["FLYTE_INTERNAL_EXECUTION_ID", "_U_RUN_BASE"])
def test_strict_asks_nothing_inside_an_execution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "f1")
    path = written(tmp_path, FIT)
    assert version(path, SignaturePolicy(strict=True)) == version(path)


def test_a_void_task_is_refused_for_flytekit_with_both_ways_out(tmp_path: Path) -> None:
    with pytest.raises(RefusalError, match=r"cache=False .* or @returns_marker"):
        version(written(tmp_path, VOID))


def test_a_void_task_has_a_version_for_flyte_2_which_caches_it_on_both_sides(
    tmp_path: Path,
) -> None:
    found = SignaturePolicy().get_version("", Params(live(written(tmp_path, VOID))))
    assert found.startswith("sigclock:1:")


def test_a_marked_task_is_a_task_that_returns_a_string(tmp_path: Path) -> None:
    head = "from sigclock.flyte import returns_marker\n"
    marked = head + VOID.replace("def fit", "@returns_marker\ndef fit")
    assert version(written(tmp_path, marked)) == version(
        written(tmp_path, VOID.replace("-> None", "-> str"))
    )


def test_a_marker_is_returned_and_annotated() -> None:
    @returns_marker
    def publish(table: str) -> None:
        seen.append(table)

    seen: list[str] = []
    assert (publish("t"), seen, publish.__annotations__["return"]) == (MARKER, ["t"], str)


def test_a_kept_decorator_is_refused_for_its_second_function_would_get_the_firsts_version(
    tmp_path: Path,
) -> None:
    kept = FIT.replace('@task(cache=True, cache_version="1.0")', "@cached").replace(
        "@dataclass", "cached = task(cache=True)\n\n@dataclass"
    )
    with pytest.raises(RefusalError, match="the decorator 'cached' is one object"):
        version(written(tmp_path, kept))


def test_a_partial_is_called_anew_for_each_function(tmp_path: Path) -> None:
    kept = FIT.replace('@task(cache=True, cache_version="1.0")', "@cached").replace(
        "@dataclass", "from functools import partial\ncached = partial(task)\n\n@dataclass"
    )
    assert version(written(tmp_path, kept)) == version(written(tmp_path, FIT))


def test_a_function_without_a_file_is_refused() -> None:
    code = compile("def fit(): ...", "<stdin>", "exec").co_consts[0]
    with pytest.raises(SigclockError, match="fit has no source file"):
        SignaturePolicy().get_version("", Params(FunctionType(code, {})))


def test_a_task_without_a_function_is_refused() -> None:
    with pytest.raises(RefusalError, match="this task has no function"):
        SignaturePolicy().get_version("", Params(None))


def test_an_unknown_revision_is_refused_at_once() -> None:
    with pytest.raises(RefusalError, match="revision=2"):
        SignaturePolicy(revision=2)
