"""Lock against code: what is due, what is found, what is foretold."""
