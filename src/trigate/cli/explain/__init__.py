"""`trigate explain`: places of the configuration, and decisions of access."""
