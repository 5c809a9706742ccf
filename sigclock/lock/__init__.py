"""The ledger: issued versions, and the file that holds them."""
