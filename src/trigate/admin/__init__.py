"""The control plane, on its own port and in its own process: probes, metrics, and the API for operators."""
