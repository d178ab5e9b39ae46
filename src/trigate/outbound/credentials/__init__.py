"""The kinds of proof towards upstreams, one file each."""
