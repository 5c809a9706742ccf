"""What the product can say stands in one list, and no sentence of it is long."""

from __future__ import annotations

import sys

import pytest
from sentences import SNAPSHOT, sentences

_MOST = 30


@pytest.mark.skipif(sys.version_info < (3, 11), reason="unparse spells some tuples otherwise")
def test_the_list_has_every_sentence() -> None:
    """A new sentence is read among its neighbours, in `sentences.txt`, before it is printed."""
    assert sentences() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_no_sentence_is_long() -> None:
    assert [text for text in sentences() if len(text.split()) > _MOST] == []
