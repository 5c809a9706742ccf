"""The only error handler: whatever a verb raises ends in a message and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from sigclock import __version__
from sigclock.cli.streams import reader_is_gone
from sigclock.errors import SigclockError

_CANNOT_RUN, _BUG, _INTERRUPTED = 2, 3, 130
#: A variable with such a name holds a secret, unless it is so short that words may contain it.
_SECRET, _SHORTEST = ("TOKEN", "SECRET", "PASSWORD", "_KEY"), 8
_NO_MEMORY = "there is not enough memory for this repository"
_MORE_MEMORY = "give the process more, or leave folders out with `exclude` in [tool.sigclock]"
_ISSUES = "https://github.com/sigclock/sigclock/issues"


def read_names_as_utf8() -> None:
    """Start again in Python's UTF-8 mode if the locale would spell file names in another encoding.

    https://docs.python.org/3/library/os.html#python-utf-8-mode
    """
    if sys.getfilesystemencoding().lower() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        command = [sys.executable, *sys.orig_argv[1:]]
        if os.name == "nt":
            import subprocess  # noqa: PLC0415 - there alone

            # There `exec` starts a second process, for whose end nobody waits.
            sys.exit(subprocess.run(command, check=False).returncode)  # noqa: S603 - itself
        os.execv(sys.executable, command)  # noqa: S606 - itself


def guarded(run: Callable[[], object]) -> int:
    """Run a verb; the status is what it returned, or that of its error."""
    try:
        status = run()
        sys.stdout.flush()
    except SigclockError as error:
        return refuse(error)
    except click.ClickException as error:
        return refuse(_usage(error))
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted; nothing is half written, run the command again", err=True)
        return _INTERRUPTED
    except OSError as error:
        if not reader_is_gone(error):
            return _report_bug()
        # The reader went away (`| head`): nothing is wrong, and nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return refuse(SigclockError(_NO_MEMORY, advice=_MORE_MEMORY))
    except Exception:  # noqa: BLE001 - the boundary: whatever arrives here is a bug
        return _report_bug()
    return status if isinstance(status, int) else 0


def _usage(error: click.ClickException) -> SigclockError:
    """What click refuses, in the form of all errors."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "sigclock"
    message = error.format_message().rstrip(".")
    message = message[:1].lower() + message[1:]
    return SigclockError(message, advice=f"`{command} --help` shows what there is")


def refuse(error: SigclockError) -> int:
    """Print what is wrong and what to do; returns the status for a command that cannot run."""
    from sigclock.verdict.wording import inert  # noqa: PLC0415 - only where it is needed

    where = "" if error.location in error.message else f"{error.location}: "
    click.echo(f"sigclock: error: {inert(_without_secrets(where + error.message))}", err=True)
    click.echo(f"  {inert(_without_secrets(error.advice))}", err=True)
    return _CANNOT_RUN


def _without_secrets(text: str) -> str:
    """The text without the secrets of the environment, which a library's message may contain."""
    for name, value in os.environ.items():
        if name.endswith(_SECRET) and len(value) >= _SHORTEST:
            for spelled in (value, repr(value)[1:-1], value.strip()):
                text = text.replace(spelled, "***")
    return text


def _report_bug() -> int:
    import traceback  # noqa: PLC0415 - only where it is needed

    click.echo(_without_secrets(traceback.format_exc()), err=True)
    click.echo(
        f"sigclock {__version__}: this is a bug in sigclock, please report it at {_ISSUES}",
        err=True,
    )
    return _BUG
