"""How the gateway's own processes are looked after."""

from trigate.core.settings import Duration, Settings


class ProcessSettings(Settings):
    """The gateway's own processes."""

    unresponsive: Duration = Duration(10)
    """A worker or control process that gives no sign of life for so long is ended and replaced; at least 3s."""

    def __post_init__(self) -> None:
        if self.unresponsive < 3:
            raise ValueError("unresponsive must be at least 3s: signs of life come every second")
