"""OpenAI's chat completions, and what compatible servers and their callers made customary beside it."""
