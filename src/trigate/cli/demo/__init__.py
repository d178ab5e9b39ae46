"""The demo: a gateway with its own service, model and tools, none of which leaves the machine."""
