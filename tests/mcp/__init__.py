"""The lane for tool traffic."""
