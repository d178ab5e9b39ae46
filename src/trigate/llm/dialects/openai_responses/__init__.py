"""OpenAI's Responses API, the language of Codex and of new clients of OpenAI."""
