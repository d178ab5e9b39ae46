"""What outlives a call: the spool of records, counters, and the rows of identity, ledger, secrets and audit."""
