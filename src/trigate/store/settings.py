"""Where the gateway keeps what must outlive a call, and how much of it."""

from typing import Literal

from trigate.core.settings import Settings, Size

SMALLEST_SPOOL = 32 * 1024 * 1024


class SpoolSettings(Settings, frozen=True):
    """The file-backed queue between the workers that write records and the control process that reads them."""

    limit: Size = Size(1024**3)
    """Most bytes of records that wait to be written out; at least 32MiB."""
    on_full: Literal["refuse", "drop"] = "refuse"
    """At `limit`, or when the disk is full: `refuse` new requests with 503, or serve on and `drop` the records."""

    def __post_init__(self) -> None:
        if self.limit < SMALLEST_SPOOL:
            raise ValueError("limit must be at least 32MiB")


class StoreSettings(Settings, frozen=True):
    """What is kept on this machine."""

    directory: str = "trigate-data"
    """Directory of all that the gateway keeps, relative to the working directory; made for its owner alone, and used by
    one gateway at a time.
    """
    spool: SpoolSettings = SpoolSettings()
    """Records on their way to the logs."""
