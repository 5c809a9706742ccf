"""What an expression comes to, as far as that can be told without running it."""
