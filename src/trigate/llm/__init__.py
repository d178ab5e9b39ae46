"""The lane of model traffic: dialects in, providers out."""
