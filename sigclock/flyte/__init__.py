"""What runs inside a user's process, and what `verify` compares."""

# Nothing here imports an SDK; both SDKs know a policy by its one method.

from __future__ import annotations

from sigclock.flyte.policy import SignaturePolicy
from sigclock.flyte.void import MARKER, returns_marker

__all__ = ["MARKER", "SignaturePolicy", "returns_marker"]
