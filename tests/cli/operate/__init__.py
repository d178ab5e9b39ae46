"""What the commands for operators share."""
