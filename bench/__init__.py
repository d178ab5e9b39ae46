"""The bench: what a request through Trigate costs, beside nginx, HAProxy and Envoy on the same machine."""
