"""The command for tool servers: every file here is one of its acts, what acts share lies in the folders beneath."""
