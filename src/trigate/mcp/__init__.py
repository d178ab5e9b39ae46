"""The lane of tool traffic: one catalogue over many servers, both eras of the protocol."""
