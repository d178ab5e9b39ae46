"""Signatures of thoughts on their way through a dialect that has no word for who made them.

A signature is sent back to its maker alone, which refuses any other. Where the caller's dialect is the maker's own, it
travels as it is; elsewhere with its maker's name in front.
"""

MARK = "tg~"
"""How a signature begins that stands in the dialect of somebody who did not make it."""


def carry(signature: str, maker: str, home: str) -> str:
    """The signature as it is written in the dialect of the maker `home`."""
    return signature if maker in {"", home} or not signature else f"{MARK}{maker}~{signature}"


def read_carried(written: str, home: str) -> tuple[str, str]:
    """The signature and its maker; the reverse of `carry`."""
    if written.startswith(MARK):
        maker, mark, signature = written[len(MARK) :].partition("~")
        if mark:
            return signature, maker
    return written, home if written else ""
