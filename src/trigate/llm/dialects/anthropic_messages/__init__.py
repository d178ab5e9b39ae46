"""Anthropic's Messages, as callers and as providers speak it (API version 2023-06-01)."""
