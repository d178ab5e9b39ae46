"""A client that speaks over a pipe, joined with a gateway that speaks HTTP."""
