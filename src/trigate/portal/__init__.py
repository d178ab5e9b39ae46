"""Lane: the closed list of public pages (well-known documents, logging in, consent, tokens)."""
