"""`trigate catalog`: the table of models, shown and renewed."""
