"""The command line; installed hooks call `main`."""

from sigclock.cli.main import cli, main

__all__ = ["cli", "main"]
