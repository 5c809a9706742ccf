"""`pytest --sigclock`: a test for each cached task, the guard, and a fixture with an empty cache.

Without the option nothing but pytest is imported here; with it, no SDK is until a test asks for
the fixture. The guard keeps a stale hit from hiding a broken test.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sigclock.verdict.finding import Finding


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--sigclock`, off by default."""
    group = parser.getgroup("sigclock")
    group.addoption(
        "--sigclock",
        action="store_true",
        help="one test for each cached Flyte task: its signature must be the locked one; "
        "and the guard before the local cache",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put the guard before the local caches, unless the variable says otherwise."""
    if not config.getoption("--sigclock"):
        return
    from sigclock.guard import switch  # noqa: PLC0415 - only with the option

    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    if not os.environ.get(switch.VARIABLE):
        patch.setenv(switch.VARIABLE, "1")
    if "flytekit" in sys.modules and switch.is_on():
        # A plugin or a `conftest.py` was faster, and flytekit asks only once.
        import_module("sigclock.guard.flytekit").load()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, items: list[pytest.Item]) -> None:
    """Put the items of the tasks after the tests that were collected."""
    if session.config.getoption("--sigclock"):
        items.extend(Lock.from_parent(session, name="sigclock").collect())


class Lock(pytest.Collector):
    """All locks of the repository that holds pytest's root, read once."""

    def collect(self) -> list[pytest.Item]:
        """An item for each cached task, and an item for each lock as a whole."""
        from sigclock.cli.commands import check  # noqa: PLC0415 - only with the option
        from sigclock.errors import SigclockError  # noqa: PLC0415 - only with the option
        from sigclock.project.projects import Overrides  # noqa: PLC0415 - only with the option

        try:
            report = check.run(str(self.config.rootpath), Overrides()).report
        except SigclockError as error:
            raise pytest.UsageError(f"sigclock: {error.message}", error.advice) from error
        failing: dict[str, list[Finding]] = {}
        for finding in report.findings:
            if finding.level.value == "error":
                failing.setdefault(finding.task or finding.path, []).append(finding)
        cached = [(task.name, task.path, task.line) for task in report.tasks if task.cached]
        paths = [finding.path for finding in report.findings if finding.task is None]
        others = [(path, path, 1) for path in dict.fromkeys(paths) if path in failing]
        return [
            Signature.of(self, name, (path, line), failing.get(name, []))
            for name, path, line in [*cached, *others]
        ]


class Signature(pytest.Item):
    """Fails with what `sigclock check` says of one task."""

    place: tuple[str, int]
    findings: list[Finding]

    @classmethod
    def of(
        cls, parent: Lock, name: str, place: tuple[str, int], findings: list[Finding]
    ) -> Signature:
        item: Signature = cls.from_parent(parent, name=name)
        item.place, item.findings = place, findings
        return item

    def runtest(self) -> None:
        """No error may be found."""
        if self.findings:
            raise StaleError(*(f"{finding.rule}: {finding.message}" for finding in self.findings))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: object) -> str:
        """The findings, and the remedy; a traceback would tell nothing."""
        if not isinstance(excinfo.value, StaleError):
            return str(excinfo.getrepr())
        return "\n".join([*map(str, excinfo.value.args), "run `sigclock update`"])

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.config.rootpath / self.place[0], self.place[1] - 1, f"sigclock: {self.name}"


class StaleError(AssertionError):
    """A task differs from the lock."""


class FlyteCache:
    """A local cache that starts empty, for tasks of either SDK; tells a hit from a miss."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self._place = place
        self._patch = patch
        self._isolated: set[str] = set()
        self._looks: list[bool] = []

    @property
    def hit(self) -> bool:
        """Whether the first look of the last call was a hit: the task's own, not a subtask's."""
        return bool(self._looks) and self._looks[0]

    def run(self, task: Any, **inputs: object) -> Any:  # noqa: ANN401 - either SDK's task and value
        """Call a task on this cache."""
        sdk = "flyte" if _is_flyte_2(task) else "flytekit"
        if sdk not in self._isolated:
            self._isolated.add(sdk)
            getattr(self, f"_isolate_{sdk}")()
        self._looks.clear()
        if sdk == "flytekit":
            return task(**inputs)
        runner = import_module("flyte")
        runner.init()
        return runner.with_runcontext(mode="local").run(task, **inputs).outputs()[0]

    def twice(self, task: Any, **inputs: object) -> tuple[bool, bool]:  # noqa: ANN401 - either SDK's
        """Whether each of two equal calls was a hit: `(False, True)` if the cache works."""
        self.run(task, **inputs)
        first = self.hit
        self.run(task, **inputs)
        return first, self.hit

    def _isolate_flytekit(self) -> None:
        cache = import_module("flytekit.core.local_cache").LocalTaskCache
        store = import_module("diskcache").Cache(str(self._place))
        look = cache.get

        def get(*args: object, **kwargs: object) -> object:
            return self._record_look(look(*args, **kwargs))

        self._patch.setenv("FLYTE_LOCAL_CACHE_ENABLED", "true")
        self._patch.setattr(cache, "_cache", store, raising=False)
        self._patch.setattr(cache, "_initialized", True)
        self._patch.setattr(cache, "get", staticmethod(get))

    def _isolate_flyte(self) -> None:
        cache = import_module("flyte._persistence._task_cache").LocalTaskCache
        store: dict[str, object] = {}

        async def get(key: str) -> object:
            return self._record_look(store.get(key))

        async def put(key: str, value: object) -> None:
            store[key] = value

        self._patch.setattr(cache, "get", staticmethod(get))
        self._patch.setattr(cache, "set", staticmethod(put))

    def _record_look(self, value: object) -> object:
        self._looks.append(value is not None)
        return value


def _is_flyte_2(task: object) -> bool:
    return any(base.__module__.partition(".")[0] == "flyte" for base in type(task).__mro__)


@pytest.fixture
def flyte_cache(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> FlyteCache:
    """An isolated local cache for this test."""
    return FlyteCache(tmp_path_factory.mktemp("flyte-cache"), monkeypatch)
