"""What stops a call until somebody has agreed to it in a browser."""

from trigate.core.errors import UpstreamFailed


class ConnectionNeeded(UpstreamFailed):
    """The upstream wants to hear from the caller itself that the gateway may act for it; the message has the link."""

    code = "upstream.connection_needed"
    status = 403
    blame = "caller"
    retryable = False
    link: str = ""
    """Where the caller can agree."""
