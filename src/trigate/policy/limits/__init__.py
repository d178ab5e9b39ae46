"""Kinds of limits, one file each."""
