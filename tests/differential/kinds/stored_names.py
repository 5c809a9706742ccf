"""Names and forms under which fields are stored, that the annotation does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from differential.kinds.row import Row, flow
from differential.kinds.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

#: From which entry of the table to which; each says how one field is stored.
DATACLASS_EDITS = [
    ("none", "alias"),
    ("alias", "alias-other"),
    ("alias", "none"),
    ("none", "alias-stored"),
    ("alias-stored", "alias-stored-constant"),
    ("alias-stored", "alias-options"),
    ("alias-stored", "alias"),
    ("alias-stored", "aliases"),
    ("none", "aliases"),
    ("aliases", "aliases-constant"),
    ("aliases", "aliases-other"),
    ("none", "aliases-not-stored"),
    ("none", "aliases-shared"),
    ("aliases-shared", "none"),
    ("none", "aliases-inherited"),
    ("aliases", "aliases-inherited"),
    ("aliases", "aliases-shared"),
    ("omit", "none"),
    ("none", "omit"),
    ("omit-options", "none"),
    ("omit", "omit-options"),
    ("none", "serialize"),
    ("serialize", "none"),
    ("none", "unit"),
    ("none", "omit-default"),
    ("omit-default", "none"),
    ("none", "omit-none"),
    ("none", "strategy"),
    ("strategy", "none"),
    ("strategy", "strategy-hex"),
    ("none", "forbid"),
    ("none", "not-init"),
    ("none", "keyword-only"),
    ("none", "pre-hook"),
]

MODEL_EDITS = [
    ("none", "alias-name"),
    ("alias-name", "alias-name-other"),
    ("none", "alias-stored"),
    ("alias-stored", "alias-stored-other"),
    ("alias-stored", "none"),
    ("none", "serialization"),
    ("serialization", "serialization-other"),
    ("none", "serialization-stored"),
    ("none", "validation"),
    ("exclude", "none"),
    ("none", "exclude"),
    ("exclude", "exclude-constant"),
    ("none", "camel"),
    ("camel", "pascal"),
    ("pascal", "camel"),
    ("none", "pascal"),
    ("none", "pascal-not-stored"),
    ("none", "pascal-own"),
    ("pascal-own", "lower-own"),
    ("pascal", "pascal-class"),
    ("pascal", "pascal-table"),
    ("pascal", "pascal-shared"),
    ("none", "pascal-class"),
    ("none", "pascal-table"),
    ("none", "pascal-shared"),
    ("none", "extra"),
    ("none", "described"),
    ("none", "bounded"),
    ("none", "serializer"),
    ("serializer", "none"),
    ("none", "model-serializer"),
    ("model-serializer", "none"),
    ("none", "validator"),
    ("none", "private"),
    ("none", "computed"),
    ("computed", "none"),
    ("none", "frozen"),
]


def rows() -> Iterator[Row]:
    dataclasses, models = table("stored_dataclasses"), table("stored_models")
    for old, new in DATACLASS_EDITS:
        before, after = (_dataclass(dataclasses[name]) for name in (old, new))
        yield Row(f"stored:dataclass/{old}/{new}", before, after)
    for old, new in MODEL_EDITS:
        yield Row(f"stored:model/{old}/{new}", _model(models[old]), _model(models[new]))
    for name, parts in table("forms").items():
        type_, value = parts["type"], parts["value"]
        new_type, new_value = parts.get("then type", type_), parts.get("then value", value)
        first = flow(parts[""].lstrip("\n"), type_.strip(), value.strip())
        then = flow(parts["then"].lstrip("\n"), new_type.strip(), new_value.strip())
        yield Row(f"forms:{name}", {"flow.py": first}, {"flow.py": then})


def _dataclass(parts: dict[str, str]) -> dict[str, str]:
    default = parts[""].rstrip("\n")
    fields = f"    a: int\n    b: int = {default}\n{parts.get('body', '')}"
    declare = f"{parts.get('above', '')}@dataclass\nclass Out:\n{fields}"
    value = "Out(a=x)" if "init=False" in default else "Out(a=x, b=5)"
    return {"flow.py": flow(declare, "Out", value)}


def _model(parts: dict[str, str]) -> dict[str, str]:
    fields = f"{parts.get('body', '')}    a: int\n    b: int = {parts['']}"
    declare = f"{parts.get('above', '')}class Out(BaseModel):\n{fields}"
    return {"flow.py": flow(declare, "Out", "Out(a=x, b=5)")}
