"""What tests read from the README, and the part of it that is written from the rule table.

`python tests/readme.py` writes that part anew.
"""

from __future__ import annotations

import html
import re
import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from sigclock.verdict.rules import RULES

if TYPE_CHECKING:
    from sigclock.verdict.finding import Rule

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
START = "<!-- rules: written by `python tests/readme.py` -->\n"
END = "<!-- end of rules -->\n"


def read_readme() -> str:
    return README.read_text(encoding="utf-8")


def commands_of(text: str) -> list[list[str]]:
    """The arguments of each call of sigclock in a shell block or a table, once each, in order."""
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^\| `(sigclock .*?)` \|", text, flags=re.MULTILINE)
    calls = re.findall(r"(?:^|\s|/)sigclock ([^#\n]+)", "\n".join([*blocks, *rows]))
    return [list(call) for call in dict.fromkeys(tuple(shlex.split(call)) for call in calls)]


def rules_part(text: str) -> str:
    """What stands between the two marks."""
    return text.partition(START)[2].partition(END)[0]


def render_rules() -> str:
    """Each rule as a sentence that opens to its help, a before and an after."""
    return "\n".join(map(_render_rule, RULES.values()))


def _render_rule(rule: Rule) -> str:
    return f"""\
<details>
<summary><code>{rule.id}</code> ({rule.level.value}): {html.escape(rule.summary)}</summary>

{textwrap.fill(rule.help, 110, break_long_words=False, break_on_hyphens=False)}

```python
# before
{rule.before}
# after
{rule.after}```

</details>
"""


def write_rules() -> None:
    text = read_readme()
    head, _, rest = text.partition(START)
    tail = rest.partition(END)[2]
    README.write_text(f"{head}{START}\n{render_rules()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write_rules()
