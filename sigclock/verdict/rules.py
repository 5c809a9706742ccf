"""Every rule as a record, in the order in which people should read them."""

from __future__ import annotations

from sigclock.verdict.finding import Level, Rule
from sigclock.verdict.unrecognized_task import UNRECOGNIZED_TASK

_STALE_CACHE = Rule(
    id="stale-cache",
    level=Level.ERROR,
    summary="The output signature of a cached task changed and its cache_version did not.",
    help=(
        "flytekit's local key is the task's name, its cache_version and a hash of its inputs; "
        "the return type is not in it. A laptop therefore serves objects of the old shape, with "
        "new fields filled from their defaults, or crashes on them. The cluster usually "
        "recomputes, but not where Flyte cannot see the structure: models inside Optional or "
        "Union, and pickled values. `sigclock update` bumps the version in the source. If the "
        "change means nothing to stored values, `sigclock accept` records that with a reason."
    ),
    before="""\
@dataclass
class Stats:
    mean: float
    count: int = 0  # new

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@dataclass
class Stats:
    mean: float
    count: int = 0  # new

@task(cache=True, cache_version="1.1")
def fit(path: str) -> Stats: ...
""",
    waivable=False,
)

_VERSION_REUSED = Rule(
    id="version-reused",
    level=Level.ERROR,
    summary="The cache_version was already issued with another output signature.",
    help=(
        "A version that once named another signature may still stand in a cache: on a laptop that "
        "ran an older commit, or on the cluster for a task merged from another branch. Going back "
        "to it, or choosing it by hand on two branches, brings those entries back to life. "
        "`sigclock update` moves the task to a version that was never issued. A revert of the "
        "signature together with its version is fine and is not reported."
    ),
    before="""\
# "1.1" was issued on another branch, where fit returned a dict
@task(cache=True, cache_version="1.1")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.2")
def fit(path: str) -> Stats: ...
""",
    waivable=False,
)

_VOID_CACHED = Rule(
    id="void-cached",
    level=Level.ERROR,
    summary="A cached task has no output: laptop and cluster disagree on whether it runs.",
    help=(
        "On a laptop flytekit caches a task without outputs: the second call is skipped, side "
        "effects and all. On a Flyte 1 cluster the backend answers CACHE_DISABLED and runs the "
        "task every time. A missing return annotation counts as no output too: a value that is "
        "returned is dropped. Either remove the caching, or return a value that stands for the "
        "work, such as a path or a count, and annotate it."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def publish(table: str) -> None:
    upload(table)
""",
    after="""\
@task  # runs every time, on the laptop as well
def publish(table: str) -> None:
    upload(table)
""",
)

_VERSION_NOT_LITERAL = Rule(
    id="version-not-literal",
    level=Level.ERROR,
    summary="The cache version is computed or automatic, so sigclock cannot bump it.",
    help=(
        "sigclock edits only a string that stands in the source and serves nothing but cache "
        "versions. An f-string, a call, an environment variable or a policy is left alone. It is "
        "an error when a bump is due, for nobody but you can make it then, and only a note "
        "otherwise. Change what the version is computed from (for a policy: its salt), "
        "write a literal, or declare the change harmless with `sigclock accept`."
    ),
    before="""\
@task(cache=True, cache_version=f"{MAJOR}.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="2.0")
def fit(path: str) -> Stats: ...
""",
)

_SHARED_VERSION = Rule(
    id="shared-version",
    level=Level.WARNING,
    summary="A bumped version literal serves other tasks too, and they recompute as well.",
    help=(
        "A constant, a functools.partial, a shared decorator or a Flyte 2 environment gives one "
        "version to several tasks. Bumping it for one of them empties the caches of all, though "
        "nothing about the others changed. Give the task a version of its own if the others are "
        'expensive. With `shared-versions = "report"` sigclock does not bump such literals.'
    ),
    before="""\
VERSION = "1.0"

@task(cache=True, cache_version=VERSION)
def load(path: str) -> Rows: ...

@task(cache=True, cache_version=VERSION)
def fit(rows: Rows) -> Stats: ...  # Stats changed
""",
    after="""\
VERSION = "1.0"

@task(cache=True, cache_version=VERSION)
def load(path: str) -> Rows: ...

@task(cache=True, cache_version="1.1")
def fit(rows: Rows) -> Stats: ...
""",
)

_LOCK_OUTDATED = Rule(
    id="lock-outdated",
    level=Level.ERROR,
    summary="The lock does not describe this tree: `sigclock update` would change it.",
    help=(
        "`.sigclock.lock` is the ledger of the signatures that each cache_version was issued with. "
        "If it lags behind the source, the next change is compared with the wrong signature and "
        "a needed bump can be missed. Run `sigclock update` and commit the lock with the source; "
        "the Git hook (`sigclock hook install`) does so by itself."
    ),
    before="""\
# a new task, and no entry for it in .sigclock.lock
@task(cache=True, cache_version="1.0")
def score(stats: Stats) -> float: ...
""",
    after="""\
# sigclock update && git add .sigclock.lock
@task(cache=True, cache_version="1.0")
def score(stats: Stats) -> float: ...
""",
)

_UNREADABLE_SOURCE = Rule(
    id="unreadable-source",
    level=Level.ERROR,
    summary="A file that may hold tasks does not decode or parse.",
    help=(
        "sigclock reads source without importing it. A file that is not valid Python for the "
        "running interpreter, or not in its declared encoding, may hide a task whose signature "
        "changed, so it is reported rather than skipped. Entries that the lock has for it "
        "are kept. Fix the file, exclude it in `[tool.sigclock]`, or run sigclock under the newer "
        "Python that the file is written for."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats
    ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats:
    ...
""",
)

_DUPLICATE_TASK = Rule(
    id="duplicate-task",
    level=Level.ERROR,
    summary="Two tasks of one project have the same Flyte name.",
    help=(
        "Flyte's caches know a task by its name alone, so two tasks of one name share entries and "
        "serve each other's results. A second definition in one module does this silently: the "
        "last one wins as an attribute, and both wrote to the cache. The branches of one "
        "`if` or `try` are not counted, for only one of them exists at a time; nor are tasks of "
        "different files of which none is cached under a version of its own, such as scripts that "
        "are deployed one by one. Rename one of the two."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version="1.0")
def fit(rows: Rows) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...

@task(cache=True, cache_version="1.0")
def fit_rows(rows: Rows) -> Stats: ...
""",
)

_UNRESOLVED_TYPE = Rule(
    id="unresolved-type",
    level=Level.WARNING,
    summary="A part of a cached task's return type cannot be followed and is compared by spelling.",
    help=(
        "The name comes from a call, a star import, or another construct that cannot be read "
        "without running the code. sigclock notices when its spelling changes, but not when its "
        "structure does, so the cache can go stale unseen. Import the class by name "
        "from a module of the tree, or give the alias a plain assignment."
    ),
    before="""\
Model = make_model("Model")

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
    after="""\
from pipeline.models import Model

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
)

_OPAQUE_OUTPUT = Rule(
    id="opaque-output",
    level=Level.WARNING,
    summary="Flyte pickles this output, so the cluster does not notice when its class changes.",
    help=(
        "A plain class, an attrs class, a set, bytes or a NewType travels as PythonPickle, and the "
        "cluster's key has nothing of its structure. After a change both caches serve "
        "the old object, and an attribute that it lacks fails later, far from the cause. sigclock "
        "follows what is visible in the source and bumps on it. Return a dataclass or a "
        "pydantic model to have Flyte store the structure."
    ),
    before="""\
class Model:
    def __init__(self, weights: list[float]) -> None:
        self.weights = weights

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
    after="""\
@dataclass
class Model:
    weights: list[float]

@task(cache=True, cache_version="1.0")
def fit(path: str) -> Model: ...
""",
)

_REMOTE_ONLY_MISS = Rule(
    id="remote-only-miss",
    level=Level.INFO,
    summary="Only the cluster's key moves: nothing is stale, the cluster recomputes once.",
    help=(
        "The order of union members and of enum values and the names of artifacts are in the key "
        "that a Flyte 1 cluster looks up, and on Flyte 2 so are defaults, class names and "
        "descriptions. Stored values stay right, so no version is bumped. It is said because a "
        "costly task runs once more on the cluster; undo the change to keep the cache."
    ),
    before="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Optional[Stats]: ...
""",
    after="""\
# None first: another key for the cluster, the same values
@task(cache=True, cache_version="1.0")
def fit(path: str) -> None | Stats: ...
""",
)

_MEMBERS_SWAPPED = Rule(
    id="members-swapped",
    level=Level.WARNING,
    summary="Members of an enum changed places: stored values are read as other members.",
    help=(
        "Flyte 1 stores the value of a member, not its name. Where `RED` now has the value that "
        "`BLUE` had, an old result comes back as the other member. If the code was renamed with "
        "the enum, that is right; if its meaning changed, bump the cache_version by hand."
    ),
    before="""\
class Color(Enum):
    RED, BLUE = "r", "b"
""",
    after="""\
class Color(Enum):  # and another cache_version for what returns it
    RED, BLUE = "b", "r"
""",
)

_CACHE_IGNORED = Rule(
    id="cache-ignored",
    level=Level.WARNING,
    summary="The task looks cached and is not: Flyte ignores the setting.",
    help=(
        "flytekit drops some cache arguments without a word: `cache_version` without `cache=True`, "
        "anything given to `@eager`, and `ContainerTask(cache=...)`. On Flyte 2 the behavior "
        "`override` writes entries and never reads them on a laptop. The work is done again at "
        "each call. Write the caching where it counts (`cache=True`, or for a ContainerTask "
        "`metadata=TaskMetadata(...)`), or delete the argument."
    ),
    before="""\
@task(cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
)

_UNUSED_WAIVER = Rule(
    id="unused-waiver",
    level=Level.WARNING,
    summary="An inline waiver silences nothing.",
    help=(
        "A waiver that no longer matches a finding hides the next one of its kind. Delete it. If "
        "it should have matched, it must stand on the task's decorator or signature and name "
        "the rule. `stale-cache` and `version-reused` cannot be waived: `sigclock accept` is the "
        "way to say that a change is none."
    ),
    before="""\
@task(cache=True, cache_version="1.0")  # sigclock: ignore[void-cached] only a log line
def fit(path: str) -> Stats: ...
""",
    after="""\
@task(cache=True, cache_version="1.0")
def fit(path: str) -> Stats: ...
""",
)

_VERIFY_MISMATCH = Rule(
    id="verify-mismatch",
    level=Level.ERROR,
    summary="The project's own SDK makes something else of a task than sigclock reads.",
    help=(
        "`sigclock verify` imports the project with its SDK, or opens what `pyflyte package` "
        "wrote, and compares name, caching, version and interface task by task. A difference means "
        "that what is registered is not what was reviewed: an archive of other code, a type or a "
        "version that only a run can tell, or a gap in sigclock, which is worth a report. As a "
        "warning it says what could not be compared: a module that does not import, or a part that "
        "`unresolved-type` told already. `check` never raises it."
    ),
    before="""\
cached = task(cache=Cache(policies=[SignaturePolicy()]))

@cached  # the policy is asked here
def load(path: str) -> Rows: ...

@cached  # and not here: load's version is taken
def fit(path: str) -> Stats: ...
""",
    after="""\
cached = functools.partial(task, cache=Cache(policies=[SignaturePolicy()]))

@cached
def load(path: str) -> Rows: ...

@cached
def fit(path: str) -> Stats: ...
""",
    waivable=False,
)

RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        _STALE_CACHE,
        _VERSION_REUSED,
        _VOID_CACHED,
        _VERSION_NOT_LITERAL,
        _SHARED_VERSION,
        _LOCK_OUTDATED,
        _UNREADABLE_SOURCE,
        _DUPLICATE_TASK,
        UNRECOGNIZED_TASK,
        _UNRESOLVED_TYPE,
        _OPAQUE_OUTPUT,
        _REMOTE_ONLY_MISS,
        _MEMBERS_SWAPPED,
        _CACHE_IGNORED,
        _UNUSED_WAIVER,
        _VERIFY_MISMATCH,
    )
}
