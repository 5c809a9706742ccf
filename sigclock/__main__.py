"""`python -m sigclock` is the console script."""

import os
import sys

# `-m` puts the current folder first, and that is where the code lies that is to be read, not run.
if sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 - nothing more to import from there
    del sys.path[0]

from sigclock.cli.main import main

if __name__ == "__main__":
    main()
