"""The type of media, where those who send them do not say it."""

from urllib.parse import urlsplit

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


def type_of_data(data: str) -> str:
    """By how the base64 begins; empty if that says nothing."""
    return next((mime for beginning, mime in _BEGINNINGS.items() if data.startswith(beginning)), "")


def type_of_address(address: str) -> str:
    """By how the path ends; empty if that says nothing."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return _ENDINGS.get(path.rpartition(".")[2].lower(), "")
