"""A task's typed interface as data: types, classes, their hash, their difference."""
