"""Bytes from callers: listeners, TLS, HTTP/1.1, size limits, and the caller's leaving."""
