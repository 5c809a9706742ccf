"""`lsp`: a language server over standard input and output, for editors."""

from __future__ import annotations

import click

from sigclock.errors import UsageError


@click.command()
@click.option("--stdio", is_flag=True, help="Accepted and ignored: there is no other way.")
def command(*, stdio: bool) -> None:
    """Serve an editor: findings, hover and fixes while you type.

    It speaks the Language Server Protocol over standard input and output; an editor starts it.
    """
    del stdio
    run()


def run() -> None:
    """Serve until the editor ends."""
    try:
        from sigclock.lsp.features import serve  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        advice = "install it: pip install 'sigclock[lsp]'"
        raise UsageError(f"the language server needs {error.name}", advice=advice) from error
    serve()
