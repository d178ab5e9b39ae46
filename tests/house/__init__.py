"""Tests about the tree itself: its shape, its names, its documents and what it must never contain."""
