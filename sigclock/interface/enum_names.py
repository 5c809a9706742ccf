"""The second hash scheme: Flyte 2's enums count by the names of their members, as it sends them.

Inside a record or a pickle they count by their values, as before. What sends them by name:
https://github.com/flyteorg/flyte-sdk/blob/main/src/flyte/types/_type_engine.py
"""

from __future__ import annotations

from sigclock.interface.signature import BY_ENGINE, Hasher, Mode, digest
from sigclock.interface.snapshot import Definition, Sdk


class EnumNames(Hasher):
    """Hashes as the first scheme does, but for enums that Flyte 2's own type engine sends."""

    def values(self, definition: Definition, mode: Mode) -> str:
        if self._sdk is not Sdk.FLYTE or mode not in BY_ENGINE or not definition.members:
            return super().values(definition, mode)
        names = [member.name for member in definition.members]
        return digest("names", *(names if mode is Mode.VARIANT else sorted(names)))
