"""Ways to get tokens, one file each."""
