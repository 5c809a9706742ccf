"""One lock as text, with an instance of every part."""

from __future__ import annotations

TEXT = """\
{
  "version": 2,
  "revision": 2,
  "requires": "sigclock >= 0.2.0",
  "tasks": {
    "pipeline.old.task": {
      "issued": {
        "1": ["a"]
      }
    },
    "pipeline.train.clean": {
      "sdk": "flyte",
      "path": "src/pipeline/train.py",
      "function": "clean",
      "cache": {"kind": "disabled"},
      "inputs": {},
      "outputs": {},
      "signature": "dddddddd"
    },
    "pipeline.train.fit": {
      "sdk": "flytekit",
      "path": "src/pipeline/train.py",
      "function": "fit",
      "cache": {"kind": "pinned", "version": "1.10"},
      "inputs": {
        "x": "int",
        "a": "str"
      },
      "outputs": {
        "o0": "pipeline.models.Stats"
      },
      "signature": "cccccccc",
      "issued": {
        "1.10": ["c"],
        "1.9-rc": ["a"],
        "1.9": ["a", "b"]
      },
      "accepted": [
        {"baseline": "b", "current": "c", "reason": "only a rename"}
      ]
    }
  },
  "definitions": {
    "pipeline.models.Color": {
      "kind": "enum",
      "members": {
        "RED": "'red'"
      }
    },
    "pipeline.models.Page": {
      "kind": "pydantic",
      "import_name": "pipeline.models.Page",
      "parameters": ["T"],
      "bases": ["pipeline.models.Stats", "abc.ABC"],
      "fields": {
        "items": "list[T]"
      }
    },
    "pipeline.models.Stats": {
      "kind": "dataclass",
      "fields": {
        "mean": "float"
      }
    },
    "pipeline.models.UserId": {
      "kind": "newtype",
      "target": "int"
    }
  }
}
"""
