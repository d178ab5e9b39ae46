"""Changes to files that people wrote: shown, kept undone beside, made at once or not at all."""
