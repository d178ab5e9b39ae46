"""Bytes in place, as `data:` addresses (RFC 2397) hold them."""

from base64 import b64encode

from trigate.llm.conversation import Media

_KINDS = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi0": "application/pdf",
}
"""What the Base64 of some kinds of files begins with."""


def read_address(url: str) -> Media:
    """What an address leads to; a `data:` address holds it itself."""
    if url.startswith("data:"):
        head, comma, data = url.partition(",")
        mime = head[5:].removesuffix(";base64")
        if comma and mime and head.endswith(";base64") and ";" not in mime:
            return Media(data=data, mime=mime)
    return Media(url=url)


def write_address(media: Media, default: str) -> str:
    """The address of what is at one, or in place; `default` is the kind of what does not say it, nor can be seen."""
    if not media.data:
        return media.url
    return f"data:{media.mime or see_kind(media.data) or default};base64,{media.data}"


def encode_text(text: str) -> Media:
    """A plain text as a file in place."""
    return Media(data=b64encode(text.encode(errors="replace")).decode(), mime="text/plain")


def see_kind(data: str) -> str:
    """The kind of a file by the first bytes of its Base64; empty if that tells nothing."""
    return next((kind for start, kind in _KINDS.items() if data.startswith(start)), "")
