"""Ground truth for the tests: what the real SDKs and the v1 backend say of a source tree."""
