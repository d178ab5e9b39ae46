"""Where shared numbers are kept, one file per kind."""
