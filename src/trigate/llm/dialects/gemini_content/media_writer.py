"""Bytes that are no text, in Gemini's words."""

from typing import Any

from trigate.llm.conversation import Audio, File, Image, Video
from trigate.llm.media_type import type_of_address, type_of_data

_USUAL = {Image: "image/jpeg", Audio: "audio/wav", Video: "video/mp4", File: "application/pdf"}
_GOOGLE = ("gs://", "files/", "https://generativelanguage.googleapis.com/")


def write_media(part: Image | Audio | Video | File) -> dict[str, Any] | None:
    """`inlineData` or `fileData`; None for what is kept elsewhere, or is nowhere."""
    media = part.media
    if media.data:
        return {
            "inlineData": {"mimeType": media.mime or type_of_data(media.data) or _USUAL[type(part)], "data": media.data}
        }
    address = media.url or (media.file if media.file.startswith(_GOOGLE) else "")
    if not address:
        return None
    mime = media.mime or type_of_address(address)
    return {"fileData": {"mimeType": mime, "fileUri": address} if mime else {"fileUri": address}}


def write_own(part: Image | Audio | Video | File) -> dict[str, Any]:
    """The same of a part that came in Gemini's words: as it was."""
    media = part.media
    kind, held = ("inlineData", {"data": part.form.get("data", media.data)})
    if media.url or media.file:
        kind, held = "fileData", {"fileUri": media.url or media.file}
    return {kind: {"mimeType": media.mime, **held} if media.mime else held}
