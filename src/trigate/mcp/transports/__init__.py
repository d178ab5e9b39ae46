"""How a server is reached: a process on this machine, or an address."""
