"""Git and the disk: trees, history, the index, hooks, and files written whole."""
