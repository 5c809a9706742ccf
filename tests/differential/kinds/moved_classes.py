"""A pickled class that moves to another module, and what it leaves behind under its old name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLASS = "class Model:\n    def __init__(self, a):\n        self.a = a\n"
_HELD = f"{_CLASS}\nclass Held:\n    def __init__(self, a):\n        self.model = Model(a)\n"
_NESTED = "class Model:\n    class Part:\n        def __init__(self, a):\n            self.a = a\n"
_FLOW = """from flytekit import task
from {module} import {name}

@task(cache=True, cache_version="1.0")
def produce(x: int) -> {name}:
    return {name}(x)
"""
#: What stands in the old module then; its class is in `new` under the name `Model`.
_LEFT = {
    "import": "from new import Model\n",
    "import-held": "from new import Held, Model\n",
    "star": "from new import *\n",
    "assigned": "import new\nModel = new.Model\n",
    "renamed": "from new import Model as Fresh\nModel = Fresh\n",
    "late": "def __getattr__(name):\n    if name == 'Model':\n        from new import Model\n"
    "        return Model\n    raise AttributeError(name)\n",
    "rescued": "try:\n    from new import Model\nexcept ImportError:\n    Model = None\n",
    "chain": "from between import Model\n",
    "other": "class Model:\n    pass\n",
    "derived": "import new\nclass Model(new.Model):\n    pass\n",
    "nothing": "",
    "gone": None,
}


def rows() -> Iterator[Row]:
    """The class goes from `old` to `new`; in one row it gains an attribute as well."""
    for name, left in _LEFT.items():
        yield _moved(name, left)
    more = _CLASS + "        self.b = 0\n"
    yield _moved("import-changed", _LEFT["import"], more)
    yield _moved("package", _LEFT["import"], path="old/__init__.py")
    yield _moved("nested", "from new import Model\n", "class Model:\n    x = 1\n", "Model.Part")


def _moved(
    name: str,
    left: str | None,
    model: str = _CLASS,
    type_: str = "",
    path: str = "old.py",
) -> Row:
    type_ = type_ or ("Held" if name.endswith("held") else "Model")
    first = _HELD if type_ == "Held" else _CLASS
    then = model + first.removeprefix(_CLASS)
    if "." in type_:
        first = then = _NESTED
    flow, top = _FLOW.replace("import {name}", "import {top}"), type_.partition(".")[0]
    before = {"flow.py": flow.format(module="old", name=type_, top=top), path: first}
    after = {
        "flow.py": flow.format(module="new", name=type_, top=top),
        "new.py": then,
        **({} if left is None else {path: left}),
        **({"between.py": "from new import Model\n"} if name == "chain" else {}),
    }
    return Row(f"moved:{name}", before, after)
