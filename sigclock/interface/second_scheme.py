"""The second hash scheme: what a value is stored as depends on whether Flyte's own engine sends it.

There, Flyte 2's enums count by the names of their members, and a path is a file. Inside a record or
a pickle, enums count by their values as before, and a path is a path. What sends enums by name:
https://github.com/flyteorg/flyte-sdk/blob/main/src/flyte/types/_type_engine.py
"""

from __future__ import annotations

from sigclock.interface.signature import BY_ENGINE, Hasher, Mode, digest
from sigclock.interface.snapshot import Definition, Sdk

_PATH = "os.PathLike"


class SecondScheme(Hasher):
    """Hashes as the first scheme does, but for enums sent by Flyte 2's engine, and paths inside."""

    def values(self, definition: Definition, mode: Mode) -> str:
        if self._sdk is not Sdk.FLYTE or mode not in BY_ENGINE or not definition.members:
            return super().values(definition, mode)
        names = [member.name for member in definition.members]
        return digest("names", *(names if mode is Mode.VARIANT else sorted(names)))

    def name(self, dotted: str, mode: Mode) -> str:
        if dotted == _PATH and mode not in BY_ENGINE:
            return digest("name", _PATH)
        return super().name(dotted, mode)
