"""What a call used up."""

from msgspec import Struct


class Usage(Struct, omit_defaults=True):
    """Counts of one call; tokens are split so that no token is counted in two fields."""

    input_tokens: int = 0
    """Uncached input tokens."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    """Input written to the provider's cache for its usual time."""
    cache_write_long_tokens: int = 0
    """Input written there for an hour."""
    output_tokens: int = 0
    """Output tokens that are not reasoning."""
    reasoning_tokens: int = 0
    tool_calls: int = 0
    units: dict[str, int] | None = None
    """What is billed beside tokens, by name: `characters`, `images`, `milliseconds` of sound, `searches`."""
    bytes_in: int = 0
    bytes_out: int = 0
    cost: int = 0
    """Nano-dollars; a lane adds the price of each attempt, rounded once."""
    estimated: bool = False
    """The upstream did not say; the figures are the gateway's own estimate."""
    unpriced: bool = False
    """The price of some of it is not known: `cost` lacks that."""
