"""The lane for model traffic: dialects in, providers out."""
