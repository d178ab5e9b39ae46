"""The kinds of proof towards upstreams."""
