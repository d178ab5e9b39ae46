"""Kinds of strategies, one per file."""
