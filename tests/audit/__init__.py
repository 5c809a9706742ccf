"""The ledger over time: histories in real Git, and what audit, log and accept say of them."""
