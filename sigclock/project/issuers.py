"""Who issued a version with other outputs: the first commit with a lock that says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from sigclock.errors import GitError, LockError
from sigclock.git import log
from sigclock.git.names import decoded, encoded
from sigclock.git.repository import Repository
from sigclock.incremental.issued import accounts_of, sides_of
from sigclock.verdict.decision import Decision
from sigclock.verdict.finding import Finding
from sigclock.verdict.rules import version_reused
from sigclock.verdict.wording import shorten

#: Of so many commits that changed a lock, the newest, the first is looked for.
_MOST = 2000
#: How many commits are named, and how much of a subject is shown.
_NAMED = 2
_LONGEST = 40


def told(
    repository: Repository,
    lock_paths: Sequence[str],
    findings: Sequence[Finding],
    decisions: Mapping[str, Decision],
) -> list[Finding]:
    """The findings, in which a version that is reused has the commits that issued it."""
    if not any(finding.rule == version_reused.RULE.id for finding in findings):
        return list(findings)
    try:
        search = _Search(repository, lock_paths)
        return [search.told(finding, decisions.get(finding.task or "")) for finding in findings]
    except GitError:
        # A clone without trees cannot say which lock a commit has.
        return list(findings)


class _Search:
    """The locks of all commits that are here, each with its first commit; oldest first."""

    def __init__(self, repository: Repository, paths: Sequence[str]) -> None:
        self._repository = repository
        self._locks = list(_locks(repository, paths))

    def told(self, finding: Finding, decision: Decision | None) -> Finding:
        if finding.rule != version_reused.RULE.id or decision is None:
            return finding
        version = decision.task.cache.version or ""
        first = (self._first(decision.name, version, one) for one in sorted(decision.conflicting))
        commits = dict.fromkeys(filter(None, first))
        words = [described(self._repository, commit) for commit in list(commits)[:_NAMED]]
        return version_reused.issued_by(finding, words) if words else finding

    def _first(self, name: str, version: str, signature: str) -> str | None:
        """The first commit with a lock that has the version for a signature."""
        for commit, blob in self._locks:
            content = self._repository.objects.read_if_fetched(blob) or b""
            if signature.encode() in content and signature in _issued(content, name, version):
                return commit
        return None


def described(repository: Repository, commit: str) -> str:
    """The commit with its subject; of one that is not in HEAD's history, a branch with it."""
    git, subject = repository.git, log.commit(repository, commit).subject
    words = f'{commit[:7]} "{shorten(subject, _LONGEST)}"'
    bounds = [f"^{head}" for head in filter(None, [repository.head()])]
    if not git.run("rev-list", "--max-count=1", commit, *bounds):
        return words
    shape = ("--count=1", "--format=%(refname:short)", f"--contains={commit}")
    branch = decoded(git.run("for-each-ref", *shape, "refs/heads", "refs/remotes")).strip()
    return f"{words} of {branch}" if branch else words


def _locks(repository: Repository, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    git, tips = repository.git, repository.tips()
    walk = ("rev-list", "--all", "--full-history", "--topo-order", "--reverse")
    commits = decoded(git.run(*walk, f"--max-count={_MOST}", *tips, "--", *paths)).split()
    names = [f"{commit}:{path}" for commit in commits for path in paths if "\n" not in path]
    question = encoded("".join(f"{name}\n" for name in names))
    options = ("cat-file", "--batch-check=%(objecttype) %(objectname)")
    seen: set[str] = set()
    for name, line in zip(
        names, decoded(git.run(*options, stdin=question)).splitlines(), strict=True
    ):
        kind, _, blob = line.partition(" ")
        if kind == "blob" and blob not in seen:
            seen.add(blob)
            yield name.partition(":")[0], blob


def _issued(content: bytes, name: str, version: str) -> Collection[str]:
    found: set[str] = set()
    for side in sides_of(content):
        try:
            account = accounts_of(side).get(name)
        except LockError:
            continue
        if account is not None:
            found |= account.issued.get(version, frozenset())
    return found
