"""An open file: what the editor shows, and the bytes by which it is judged."""

from __future__ import annotations

import codecs

from sigclock.lsp.text import Text, decoded, encoded, moved
from sigclock.python.names.syntax import UnreadableSource, parse_source


class Buffer:
    """A file as an editor has it; `data` are the bytes of its last text that parsed.

    What is saved is judged as it is, for so `check` does. `path` is relative to the repository.
    """

    def __init__(self, path: str, uri: str, units: str) -> None:
        self.path = path
        self.uri = uri
        self.version: int | None = None
        self.is_saved = False
        self.data = b""
        self._units = units
        self._mark = False
        self.shown = Text("", units)
        self.judged = self.shown

    def take(self, text: str, version: int | None, disk: bytes | None) -> bool:
        """Take another text; `disk` is the file's content. Whether it is judged otherwise now."""
        self.version = version
        self.shown = Text(text, self._units)
        self._mark = disk is not None and disk.startswith(codecs.BOM_UTF8)
        self.is_saved = disk is not None and decoded(disk) == text
        data = disk if self.is_saved and disk is not None else encoded(text, mark=self._mark)
        if data == self.data and self.judged.text == text:
            return False
        if self.is_saved or _parses(self.path, data):
            before, self.data, self.judged = self.data, data, self.shown
            return before != data
        return False

    @property
    def is_judged(self) -> bool:
        """Whether the text that is shown is the one that is judged."""
        return self.judged.text == self.shown.text

    def line_shown(self, line: int) -> int:
        """Where a line of the judged text is shown."""
        return line if self.is_judged else moved(self.judged, self.shown, line)

    def line_judged(self, line: int) -> int:
        """Which line of the judged text is shown there."""
        return line if self.is_judged else moved(self.shown, self.judged, line)


def _parses(path: str, data: bytes) -> bool:
    try:
        parse_source(path, data)
    except UnreadableSource:
        return False
    return True
