"""When this process began: what changed on disk since then may not be what it imported."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

_NANOSECONDS = 1_000_000_000
_STEPS_TO_1970 = 116_444_736_000_000_000


def start() -> int:
    """The start of this process in nanoseconds of wall time; 0, long ago, where it is not known."""
    try:
        return _from_system()
    except (OSError, ValueError, IndexError, AttributeError):
        return _from_ps()


if sys.platform == "win32":

    def _from_system() -> int:
        """By Windows, which counts in steps of 100 nanoseconds."""
        import ctypes  # noqa: PLC0415 - there alone

        created, *others = (ctypes.c_uint64() for _ in range(4))
        this = ctypes.c_void_p(-1)
        places = map(ctypes.byref, (created, *others))
        if not ctypes.WinDLL("kernel32").GetProcessTimes(this, *places):
            raise OSError
        return of_filetime(created.value)

elif sys.platform == "linux":

    def _from_system() -> int:
        """By Linux, in ticks since boot; the next tick, for Python itself takes longer to start."""
        stat = Path("/proc/self/stat").read_bytes()
        ticks = int(stat.rpartition(b")")[2].split()[19]) + 1
        booted = time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return booted + ticks * _NANOSECONDS // os.sysconf("SC_CLK_TCK")

else:

    def _from_system() -> int:
        """By no call of its own, elsewhere."""
        raise OSError


def of_filetime(steps: int) -> int:
    """A time of Windows, which counts from 1601, in nanoseconds of wall time."""
    return (steps - _STEPS_TO_1970) * 100


def _from_ps() -> int:
    """By POSIX, in whole seconds: `[[days-]hours:]minutes:seconds` ago."""
    command = ["ps", "-o", "etime=", "-p", str(os.getpid())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)  # noqa: S603
        days, _, clock = done.stdout.strip().rpartition("-")
        parts = [int(days or 0), *([0, 0, *map(int, clock.split(":"))][-3:])]
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0
    seconds = ((parts[0] * 24 + parts[1]) * 60 + parts[2]) * 60 + parts[3]
    return time.time_ns() - (seconds + 1) * _NANOSECONDS
