"""The languages for asks that are no chats, one file each: embeddings and rankings."""
