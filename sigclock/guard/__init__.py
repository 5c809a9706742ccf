"""The local caches of both SDKs: a guard inside a run, and a look at what is stored."""
