"""Signatures in Bedrock's words: as they are in `signature`, in base64 in `redactedContent`."""

from base64 import b64decode, b64encode

from trigate.llm.signature import carry, read_carried

MAKER = "bedrock"
_MARK = "dGd+"
"""How base64 writes the first three bytes of what `carry` writes."""


def seal(signature: str, maker: str) -> str:
    """What is written as `signature`."""
    return carry(signature, maker, MAKER)


def unseal(written: str) -> tuple[str, str]:
    """Signature and maker."""
    return read_carried(written, MAKER)


def seal_redacted(content: str, maker: str) -> str:
    """What is written as `redactedContent`, which must be base64."""
    return content if maker in {"", MAKER} or not content else b64encode(carry(content, maker, MAKER).encode()).decode()


def unseal_redacted(written: str) -> tuple[str, str]:
    """Content and maker; the reverse of `seal_redacted`."""
    if written.startswith(_MARK):
        try:
            content, maker = read_carried(b64decode(written).decode(), MAKER)
        except ValueError:
            return written, MAKER
        if maker != MAKER:
            return content, maker
    return written, MAKER if written else ""


def is_understood(maker: str, model: str) -> bool:
    """Whether a model at Bedrock takes the signatures of a maker: Claude's are good wherever Claude is."""
    return maker == MAKER or (maker == "anthropic" and "anthropic" in model)
