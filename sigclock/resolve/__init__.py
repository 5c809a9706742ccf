"""What names, annotations and expressions of a tree mean, without running anything."""
