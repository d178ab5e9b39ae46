"""Conversations over a WebSocket: relayed both ways, and read for what they use up."""
