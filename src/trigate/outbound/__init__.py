"""Calls to upstreams: HTTP client, pools, names, proxies, egress rules, credentials."""
