"""`python -m sigclock` is the console script."""

from sigclock.cli import main

if __name__ == "__main__":
    main()
