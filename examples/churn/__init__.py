"""Which customers will leave: a small Flyte pipeline with cached tasks, typed end to end."""
