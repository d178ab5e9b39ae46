"""How long a test waits before it says that something will never happen."""

PATIENCE = 30.0
"""Seconds. It passes only when something is broken, so a machine that is busy with other things may take its time."""
