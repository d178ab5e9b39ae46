"""What providers keep for callers: files, batches, responses, each seen by its owner alone."""
