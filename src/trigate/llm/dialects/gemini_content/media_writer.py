"""Bytes that are no text, in Gemini's words."""

from typing import Any
from urllib.parse import urlsplit

from trigate.llm.conversation import Audio, File, Image, Media, Video

_BEGINNINGS = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
    "SUQz": "audio/mpeg",
}
"""The first bytes of a file, as base64 writes them."""
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "html": "text/html",
    "csv": "text/csv",
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
}
_USUAL = {Image: "image/jpeg", Audio: "audio/wav", Video: "video/mp4", File: "application/pdf"}
_GOOGLE = ("gs://", "files/", "https://generativelanguage.googleapis.com/")


def write_media(part: Image | Audio | Video | File) -> dict[str, Any] | None:
    """`inlineData` or `fileData`; None for what is kept elsewhere, or is nowhere."""
    media = part.media
    if media.data:
        return {"inlineData": {"mimeType": media.mime or _guess(media, part), "data": media.data}}
    address = media.url or (media.file if media.file.startswith(_GOOGLE) else "")
    if not address:
        return None
    mime = media.mime or _ENDINGS.get(urlsplit(address).path.rpartition(".")[2].lower(), "")
    return {"fileData": {"mimeType": mime, "fileUri": address} if mime else {"fileUri": address}}


def write_own(part: Image | Audio | Video | File) -> dict[str, Any]:
    """The same of a part that came in Gemini's words: as it was."""
    media = part.media
    kind, held = ("inlineData", {"data": media.data})
    if media.url or media.file:
        kind, held = "fileData", {"fileUri": media.url or media.file}
    return {kind: {"mimeType": media.mime, **held} if media.mime else held}


def _guess(media: Media, part: Image | Audio | Video | File) -> str:
    for beginning, mime in _BEGINNINGS.items():
        if media.data.startswith(beginning):
            return mime
    return _USUAL[type(part)]
