"""One verb a file: `command` is its options and its help, `run` what it does with them."""
