"""What sources at the clone's other references issued, where the locks beside them lag.

Only a version that is new, chosen or written by hand, is looked for. So the cost follows the
references at which a file of its task differs from HEAD's and has the version somewhere.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from sigclock.errors import GitError, SigclockError
from sigclock.git import log
from sigclock.git.errors import NotFetchedError
from sigclock.git.repository import Repository
from sigclock.incremental.elsewhere import Elsewhere
from sigclock.interface.snapshot import Extraction
from sigclock.lock import ledger
from sigclock.lock.lock import Account, Lock
from sigclock.project import baseline as baselines
from sigclock.project import source_ledger
from sigclock.project.baseline import Baseline
from sigclock.project.projects import Overrides
from sigclock.source import SourceTree
from sigclock.verdict import plan as plans
from sigclock.verdict.plan import Ledgers, Plan, Policy

#: So many files are named to Git; where there are more, it compares all.
_MOST = 500
#: A signature that no task has.
_UNKNOWN = frozenset({"unknown"})


class NewVersion(msgspec.Struct, frozen=True):
    """A version that no lock of this history has for the task's signature.

    `paths` are the files in which task and version stand.
    """

    task: str
    version: str
    paths: frozenset[str]

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """What finds the version in a file, and no longer one."""
        text = re.escape(self.version.encode("utf-8", "surrogatepass"))
        return re.compile(rb"(?<![\w.])" + text + rb"(?![\w.])")


class References:
    """The sources at other references; `hidden` is set where one is not fetched."""

    def __init__(self, repository: Repository, tree: SourceTree, overrides: Overrides) -> None:
        self.hidden = False
        self._repository = repository
        self._tree = tree
        self._overrides = overrides
        self._read: dict[str, Mapping[str, Account]] = {}

    def issued(self, tips: Iterable[str], wanted: Sequence[NewVersion]) -> dict[str, Account]:
        """What the sources of commits issued under these versions."""
        head = self._repository.head()
        if head is None:
            return {}
        try:
            found = list(self._found(head, tips, wanted))
        except GitError:
            # A clone without trees cannot say in which files commits differ.
            self.hidden = True
            return {}
        return {name: each for name, each in ledger.join(found).items() if each.issued}

    def _found(
        self, head: str, tips: Iterable[str], wanted: Sequence[NewVersion]
    ) -> Iterator[Mapping[str, Account]]:
        paths = frozenset().union(*(new.paths for new in wanted))
        differing = self._differing(head, tips, paths)
        blobs = sorted({blob for files in differing.values() for blob in files.values()})
        texts = dict(zip(blobs, self._repository.objects.read_each(blobs), strict=True))
        for tip, files in differing.items():
            self.hidden |= any(texts[blob] is None for blob in files.values())
            for new in wanted:
                here = (texts[files[path]] for path in new.paths & files.keys())
                if any(text and new.pattern.search(text) for text in here):
                    signatures = self._signatures(tip, new)
                    yield {new.task: Account({new.version: signatures} if signatures else {})}

    def _signatures(self, tip: str, new: NewVersion) -> frozenset[str]:
        """Under which signatures a commit's source has the version."""
        try:
            return self._at(tip).get(new.task, ledger.EMPTY).issued.get(new.version, frozenset())
        except NotFetchedError:
            self.hidden = True
            return frozenset()
        except SigclockError:
            # It stands there, and nobody can say for what.
            return _UNKNOWN

    def _differing(
        self, head: str, tips: Iterable[str], paths: Collection[str]
    ) -> dict[str, dict[str, str]]:
        """The files that commits have otherwise than HEAD: commit → path → blob."""
        named = sorted(paths) if len(paths) <= _MOST else []
        changed = log.changes(self._repository, [(tip, head) for tip in tips if tip != head], named)
        return {
            tip: {path: blob for path, blob in files.items() if blob and path in paths}
            for tip, files in changed.items()
        }

    def _at(self, tip: str) -> Mapping[str, Account]:
        if tip not in self._read:
            read = source_ledger.of_commits(self._repository, [tip], self._tree, self._overrides)
            self._read[tip] = read
        return self._read[tip]


class _Both(Mapping[str, Account]):
    """The accounts of two ledgers; the first is only asked for single tasks."""

    def __init__(self, one: Mapping[str, Account], other: Mapping[str, Account]) -> None:
        self._one, self._other = one, other

    def __getitem__(self, name: str) -> Account:
        if name in self._other:
            return ledger.both(self._one.get(name, ledger.EMPTY), self._other[name])
        return self._one[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._one, **self._other})

    def __len__(self) -> int:
        return len({**self._one, **self._other})


def planned(
    lock: Lock,
    extraction: Extraction,
    visible: Mapping[str, Account],
    policy: Policy,
    ledgers: Ledgers,
    elsewhere: Elsewhere | None,
    references: References | None,
) -> Plan:
    """The plan that knows what locks and sources at other references issued."""
    ledgers = msgspec.structs.replace(ledgers, elsewhere={} if elsewhere is None else elsewhere)
    asked: set[NewVersion] = set()
    while True:
        found = plans.plan(lock, extraction, visible, policy, ledgers)
        if references is None or elsewhere is None:
            return found
        wanted = [new for new in _new(found, lock, extraction) if new not in asked]
        asked.update(wanted)
        issued = references.issued(elsewhere.locked_tips, wanted) if wanted else {}
        if not issued:
            return found
        ledgers = msgspec.structs.replace(ledgers, elsewhere=_Both(ledgers.elsewhere, issued))


def _new(plan: Plan, lock: Lock, extraction: Extraction) -> Iterator[NewVersion]:
    for name, decision in plan.decisions.items():
        version = decision.next_version or decision.task.cache.version
        if not decision.task.cached or version is None:
            continue
        known = lock.ledger.get(name, ledger.EMPTY).issued.get(version, frozenset())
        if decision.next_version or not (decision.due or decision.tracked in known):
            site = extraction.sites[name]
            places = [decision.task.path, *([site.version.location.path] if site.version else [])]
            yield NewVersion(name, version, frozenset(places))


def hidden(baseline: Baseline, plan_: Plan, references: References | None) -> str:
    """What cannot be read of the history, where a version is chosen, by us or by hand."""
    by_hand = (
        decision.baseline is not None
        and decision.task.cached
        and decision.baseline.cache.version != decision.task.cache.version
        for decision in plan_.decisions.values()
    )
    if not (plan_.bumps or any(by_hand)):
        return ""
    return baseline.hidden or (baselines.PARTIAL if references and references.hidden else "")
