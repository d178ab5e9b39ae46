"""Signatures as they stand in Gemini's API: base64, also around those that other makers made."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from trigate.llm.signature import carry, read_carried

MAKER = "google"
SKIP = "skip_thought_signature_validator"
"""Stands where Gemini 3 wants the signature of a call that it has not made."""
_MARKS = ("dGd+", "dGd-")
"""How base64 writes the first three bytes of what `carry` writes."""
_REDACTED = "!"


def seal(signature: str, maker: str, *, redacted: bool = False) -> str:
    """What is written as `thoughtSignature`."""
    if maker in {"", MAKER} or not signature:
        return signature
    carried = carry(signature, maker + _REDACTED if redacted else maker, MAKER)
    return urlsafe_b64encode(carried.encode()).decode()


def unseal(written: str) -> tuple[str, str, bool]:
    """Signature, maker, and whether the thought is redacted; the reverse of `seal`."""
    if written.startswith(_MARKS):
        try:
            carried = urlsafe_b64decode(written.replace("+", "-").replace("/", "_") + "==").decode()
        except ValueError:
            return written, MAKER, False
        signature, maker = read_carried(carried, MAKER)
        if maker != MAKER:
            return signature, maker.removesuffix(_REDACTED), maker.endswith(_REDACTED)
    return written, MAKER if written else "", False
