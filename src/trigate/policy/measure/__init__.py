"""The words of a limit: what is counted, for whom, over which time, and to what it applies."""
