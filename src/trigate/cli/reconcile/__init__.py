"""Comparing the ledger with what providers bill."""
