"""The dialects that callers speak, one file each."""
