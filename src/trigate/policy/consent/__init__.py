"""Consent: how a call is held until a person has approved it."""
