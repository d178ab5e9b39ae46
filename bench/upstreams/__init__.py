"""The upstreams behind every proxy: cheap, deterministic and never the thing measured."""
