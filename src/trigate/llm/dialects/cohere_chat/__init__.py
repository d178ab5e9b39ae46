"""Cohere's chat, in the second version of its API."""
