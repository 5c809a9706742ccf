"""What an annotation means, and what a class declares."""
