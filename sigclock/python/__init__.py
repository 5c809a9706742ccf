"""What names, values and types of Python source mean, without running it."""
