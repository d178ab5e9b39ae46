"""Tests of the configuration: what is read, what is refused, and how it is told."""
