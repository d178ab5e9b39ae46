"""The addresses that callers send asks to, one file each."""
