"""The companion on the SDK's side: a cache policy, and a choice for tasks without outputs.

Nothing here imports an SDK; both SDKs know a policy by its one method.
"""

from __future__ import annotations

from sigclock.flyte.policy import SignaturePolicy
from sigclock.flyte.void import MARKER, returns_marker

__all__ = ["MARKER", "SignaturePolicy", "returns_marker"]
