"""Where models are served: an address, a credential, and the manners of the server behind it."""

from trigate.core.parts import Headers
from trigate.core.settings import Duration, Kind
from trigate.outbound.settings import Timeouts

PATIENT = Timeouts(first_byte=Duration(600), between_bytes=Duration(300))
"""A model may think for minutes before its first word."""


class Provider(Kind):
    """A place that serves models; its kinds know how each is addressed and how the gateway proves itself there."""

    def origin(self) -> str:
        """The URL that every path is appended to."""
        raise NotImplementedError

    def path(self, operation: str) -> bytes:
        """The path of an operation, such as `chat/completions`, to be appended to the origin."""
        raise NotImplementedError

    def credentials(self) -> Headers:
        """Header fields by which the gateway proves itself; what stands in them never reaches a caller."""
        raise NotImplementedError

    def patience(self) -> Timeouts:
        """How long each phase of a call may take."""
        raise NotImplementedError

    def counts_streams(self) -> bool:
        """Whether a stream may be asked to end with its usage."""
        raise NotImplementedError
