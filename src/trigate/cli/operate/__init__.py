"""What the commands for operators share: the way to the admin API, and how its answers are shown."""
