"""One verb a file: `command` has its options and its help, `run` does the work."""
