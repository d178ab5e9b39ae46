"""Reaching tool servers from a command, without a gateway that runs."""
