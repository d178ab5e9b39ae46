"""What servers say unasked, and which callers hear it."""
