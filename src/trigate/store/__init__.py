"""What outlives a call: for now the spool of records."""
