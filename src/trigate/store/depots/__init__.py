"""Places for keyed bytes, one file per kind."""
