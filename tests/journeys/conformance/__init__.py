"""The official conformance suite, and what drives the gateway for it."""
