"""The engine of limits: works out what applies to a call, reserves it, waits for it, and settles it."""
