"""OAuth as a client: the gateway finds out how a server lets people in, and comes with what they agreed to."""
