"""The control plane, on its own port and in its own process: for now whether the gateway lives and is ready."""
