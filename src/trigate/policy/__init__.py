"""What every call must pass, in order: serve.py, call.py, authenticators, access, limits, guardrails, records."""
