"""The kinds of provider, one file each."""
