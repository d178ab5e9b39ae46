"""Supervisor, data workers, control process, the message bus between them, and the keep."""
