"""Pictures and documents of other dialects, as far as they can be shown to Claude."""

from base64 import b64decode
from binascii import Error as NotBase64

from trigate.llm.conversation import File, Media
from trigate.llm.dialects.anthropic_messages.home import JSON

_STARTS = {
    "/9j/": "image/jpeg",
    "iVBOR": "image/png",
    "R0lG": "image/gif",
    "UklG": "image/webp",
    "JVBER": "application/pdf",
}
"""How the first bytes of some forms look in base64."""


def mime_of(media: Media) -> str:
    """The form that is said, or that the first bytes tell; empty if neither."""
    said = media.mime.partition(";")[0].strip().lower()
    if said and said != "application/octet-stream":
        return "image/jpeg" if said == "image/jpg" else said
    return next((mime for start, mime in _STARTS.items() if media.data.startswith(start)), "")


def picture_source(media: Media) -> JSON | None:
    """The source of a picture in place or at an address; None if it is kept at another provider."""
    if media.data:
        return {"type": "base64", "media_type": mime_of(media), "data": media.data}
    return {"type": "url", "url": media.url} if media.url else None


def document_source(file: File) -> JSON | None:
    """The source of a document; None if Claude does not read its form, or it is kept at another provider."""
    if file.text:
        return _plain(file.text)
    media = file.media
    if media.url:
        return {"type": "url", "url": media.url}
    mime = mime_of(media)
    if media.data and mime == "application/pdf":
        return {"type": "base64", "media_type": mime, "data": media.data}
    text = _decode(media.data) if mime.startswith("text/") or mime == "application/json" else None
    return _plain(text) if text else None


def _plain(text: str) -> JSON:
    return {"type": "text", "media_type": "text/plain", "data": text}


def _decode(data: str) -> str | None:
    try:
        return b64decode(data).decode()
    except (NotBase64, ValueError):
        return None
