"""`trigate connect`: writes the gateway into the configuration of MCP clients, which are data in `clients/`."""
