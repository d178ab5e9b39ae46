"""Logs: what the processes did, and one line for every call."""
