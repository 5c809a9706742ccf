"""The ledger that history itself tells."""
