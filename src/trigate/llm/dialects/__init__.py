"""The languages for chats, one folder each."""
