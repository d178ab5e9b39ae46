"""Where data goes and what becomes of it there."""

from trigate.core.settings import Settings


class DataPolicy(Settings):
    """What is known of a provider's dealing with data; what is not written is not known."""

    region: str = ""
    """Where it is processed, such as `eu` or `us`; any word that `require` can name."""
    retains: bool | None = None
    """Whether asks or answers are kept there beyond the call."""
    trains: bool | None = None
    """Whether models are trained with them."""
