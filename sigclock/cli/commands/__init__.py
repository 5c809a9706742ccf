"""One verb a file: plain arguments in, a report out; only `cli` prints and exits."""
