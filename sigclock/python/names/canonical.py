"""Canonical names of what Flyte projects import from outside: many spellings, one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache

import msgspec

#: Python's own names, as of 3.10; a fixed list, for a name must mean the same under every Python.
BUILTINS = frozenset(
    """
    ArithmeticError AssertionError AttributeError BaseException BlockingIOError
    BrokenPipeError BufferError BytesWarning ChildProcessError ConnectionAbortedError
    ConnectionError ConnectionRefusedError ConnectionResetError DeprecationWarning EOFError
    Ellipsis EncodingWarning EnvironmentError Exception FileExistsError FileNotFoundError
    FloatingPointError FutureWarning GeneratorExit IOError ImportError ImportWarning
    IndentationError IndexError InterruptedError IsADirectoryError KeyError
    KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None
    NotADirectoryError NotImplemented NotImplementedError OSError OverflowError
    PendingDeprecationWarning PermissionError ProcessLookupError RecursionError
    ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration
    StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError
    TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
    UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr
    classmethod compile complex delattr dict dir divmod enumerate eval exec filter float
    format frozenset getattr globals hasattr hash hex id input int isinstance issubclass
    iter len list locals map max memoryview min next object oct open ord pow print property
    range repr reversed round set setattr slice sorted staticmethod str sum super tuple type
    vars zip
    """.split()  # noqa: SIM905 - a name a line would be 139 lines
)

#: What offers the names of `typing` as its own.
_TYPING = ("typing_extensions.", "beartype.typing.")

#: `typing`'s capitalised twins and deprecated homes.
_SAME: dict[str, str] = {
    "typing.List": "list",
    "typing.Dict": "dict",
    "typing.Set": "set",
    "typing.FrozenSet": "frozenset",
    "typing.Tuple": "tuple",
    "typing.Type": "type",
    "typing.Text": "str",
    "typing.Deque": "collections.deque",
    "typing.DefaultDict": "collections.defaultdict",
    "typing.OrderedDict": "collections.OrderedDict",
    "typing.Counter": "collections.Counter",
    "typing.NoneType": "None",
    "types.NoneType": "None",
    "pandas.core.frame.DataFrame": "pandas.DataFrame",
    "pandas.core.series.Series": "pandas.Series",
    "torch.tensor.Tensor": "torch.Tensor",
    "torch._tensor.Tensor": "torch.Tensor",
    "torch.nn.modules.module.Module": "torch.nn.Module",
    "pyarrow.lib.Table": "pyarrow.Table",
    "collections.abc.Set": "collections.abc.Set",
    "typing.AbstractSet": "collections.abc.Set",
    "os.PathLike": "os.PathLike",
    "unionai.task": "union.task",
}

_ABC = frozenset(
    [
        "AsyncGenerator",
        "AsyncIterable",
        "AsyncIterator",
        "Awaitable",
        "Callable",
        "Collection",
        "Container",
        "Coroutine",
        "Generator",
        "Hashable",
        "ItemsView",
        "Iterable",
        "Iterator",
        "KeysView",
        "Mapping",
        "MappingView",
        "MutableMapping",
        "MutableSequence",
        "MutableSet",
        "Reversible",
        "Sequence",
        "Sized",
        "ValuesView",
    ]
)

#: Flyte's own types by their last name, wherever under the SDK they are imported from.
_FLYTE_TYPES = frozenset(
    [
        "FlyteFile",
        "FlyteDirectory",
        "StructuredDataset",
        "FlyteSchema",
        "FlytePickle",
        "PythonPickle",
        "Cache",
        "CachePolicy",
        "TaskMetadata",
        "ContainerTask",
        "ShellTask",
        "SQLTask",
        "PythonInstanceTask",
        "HashMethod",
        "Artifact",
        "kwtypes",
        "reference_task",
        "dynamic",
        "eager",
        "workflow",
        "task",
        "LaunchPlan",
    ]
)

#: flytekit's names for files and directories of one format (flytekit/types/file/__init__.py,
#: flytekit/types/directory/__init__.py).
_FORMATS: dict[str, tuple[str, str]] = {
    "CSVFile": ("FlyteFile", "csv"),
    "HDF5EncodedFile": ("FlyteFile", "hdf5"),
    "HTMLPage": ("FlyteFile", "html"),
    "JoblibSerializedFile": ("FlyteFile", "joblib"),
    "JPEGImageFile": ("FlyteFile", "jpeg"),
    "JSONLFile": ("FlyteFile", "jsonl"),
    "ONNXFile": ("FlyteFile", "onnx"),
    "PDFFile": ("FlyteFile", "pdf"),
    "PNGImageFile": ("FlyteFile", "png"),
    "PythonNotebook": ("FlyteFile", "ipynb"),
    "PythonPickledFile": ("FlyteFile", "python_pickle"),
    "SVGImageFile": ("FlyteFile", "svg"),
    "TFRecordFile": ("FlyteFile", "tfrecord"),
    "TensorboardLogs": ("FlyteDirectory", "tensorboard"),
    "TFRecordsDirectory": ("FlyteDirectory", "tfrecords_dir"),
}


class ExternalNames(msgspec.Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """The outside names by which a family of classes is recognized.

    `makers` are the functions whose call makes a class, `decorators` what makes one of a class, and
    `bases` the classes that declare no part of what inherits from them. `spellings` has the
    canonical name for each other, and `stars` what `from module import *` may bind. `constraints`
    are functions that give a type with constraints, each with that type; of a container they take
    the type of an item. `checked` are classes of which there are no instances: the values in a
    field are those of the other one.
    """

    makers: frozenset[str] = frozenset()
    decorators: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    spellings: Mapping[str, str] = {}
    stars: Mapping[str, frozenset[str]] = {}
    constraints: Mapping[str, str] = {}
    checked: Mapping[str, str] = {}

    @cached_property
    def packages(self) -> frozenset[str]:
        """The packages of all these names."""
        dotted = {*self.makers, *self.decorators, *self.bases, *self.spellings}
        modules = {name.rpartition(".")[0] for name in dotted} | {*self.stars}
        return frozenset(module.partition(".")[0] for module in modules if module)


def joined(parts: Iterable[ExternalNames]) -> ExternalNames:
    """The names of several families in one."""
    listed = list(parts)
    return ExternalNames(
        makers=frozenset().union(*(part.makers for part in listed)),
        decorators=frozenset().union(*(part.decorators for part in listed)),
        bases=frozenset().union(*(part.bases for part in listed)),
        spellings={name: spelling for part in listed for name, spelling in part.spellings.items()},
        stars={module: names for part in listed for module, names in part.stars.items()},
        constraints={maker: type_ for part in listed for maker, type_ in part.constraints.items()},
        checked={name: type_ for part in listed for name, type_ in part.checked.items()},
    )


@lru_cache(maxsize=4096)
def canonical(dotted: str) -> str:
    """One name for all the names under which Python or an SDK offers a thing.

    `Names.canonical` knows the spellings of class families as well.
    """
    for home in _TYPING:
        if dotted.startswith(home):
            dotted = f"typing.{dotted[len(home) :]}"
    dotted = dotted.removeprefix("builtins.")
    if dotted.startswith("typing.") and dotted[7:] in _ABC:
        return f"collections.abc.{dotted[7:]}"
    if dotted.startswith(("flytekit.", "union.", "unionai.")):
        last = dotted.rpartition(".")[2]
        if last in _FLYTE_TYPES or last in _FORMATS:
            return f"flytekit.{last}"
    return _SAME.get(dotted, dotted)


def file_format(dotted: str) -> tuple[str, str] | None:
    """The base class and format behind flytekit's name for a format; None for other names."""
    if not dotted.startswith("flytekit."):
        return None
    format_ = _FORMATS.get(dotted.removeprefix("flytekit."))
    return (f"flytekit.{format_[0]}", format_[1]) if format_ else None
