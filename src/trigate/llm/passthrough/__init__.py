"""A provider's own API as it is, with the gateway's credential: for what the gateway has no address of its own."""
