"""The stores of secrets that references may lead to."""
