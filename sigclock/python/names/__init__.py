"""Which statement of which file a name stands for."""
