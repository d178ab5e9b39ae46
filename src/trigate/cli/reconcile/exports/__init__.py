"""The forms in which providers tell what they bill, one file for each."""
