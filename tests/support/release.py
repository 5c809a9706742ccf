"""What a release says of itself, for its workflow; needs nothing but Python.

`python -m support.release notes v1.2.3 COMMIT` prints the notes, and fails unless tag, version,
changelog and pages agree.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parent.parent.parent
#: Where people are told which tag to use.
_TELL = ("README.md", "docs/**/*.md", "examples/ci/*")
_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)
_TAG = re.compile(r"(?:sigclock@|sigclock\.git#|rev: )(v[\w.]+)")
FILES = "https://github.com/sigclock/sigclock/blob"
_PIN = """\
To pin the action to these bytes, and not to a name that can move:

```yaml
      - uses: sigclock/sigclock@{commit} # {tag}
```
"""


class UnreadyError(Exception):
    """Something of the release is missing."""


def version() -> str:
    """The one place that has the version."""
    found = _VERSION.search((ROOT / "sigclock/__init__.py").read_text(encoding="utf-8"))
    assert found is not None
    return found[1]


def tags(texts: Mapping[str, str]) -> dict[str, set[str]]:
    """The tags that texts tell people to use, for each text that does."""
    found = {name: set(_TAG.findall(text)) for name, text in texts.items()}
    return {name: named for name, named in found.items() if named}


def pages() -> dict[str, str]:
    files = [file for pattern in _TELL for file in sorted(ROOT.glob(pattern))]
    return {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}


def notes(tag: str, commit: str, changelog: str, texts: Mapping[str, str]) -> str:
    """The changelog's section of a release, and how to pin it; `UnreadyError` if anything lacks."""
    if tag != f"v{version()}":
        raise UnreadyError(f"the tag is {tag}, and sigclock/__init__.py says {version()}")
    heading = rf"^## \[{re.escape(version())}\][^\n]*\n(.*?)(?=^## |\Z)"
    section = re.search(heading, changelog, re.DOTALL | re.MULTILINE)
    if section is None or not section[1].strip():
        raise UnreadyError(f"CHANGELOG.md says nothing of {version()}")
    others = {name: found for name, found in tags(texts).items() if found != {tag}}
    if others:
        raise UnreadyError(f"not all name {tag}: {others}")
    # Links of the changelog lead into the repository, and a release is shown elsewhere.
    words = re.sub(r"\]\((?!https?:)", f"]({FILES}/{tag}/", section[1].strip())
    return f"{words}\n\n{_PIN.format(commit=commit, tag=tag)}"


def main(arguments: list[str]) -> int:
    try:
        _, tag, commit = arguments
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        sys.stdout.write(notes(tag, commit, changelog, pages()))
    except UnreadyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
