"""The forms of pictures, documents, films and sound: Bedrock has words of its own for media types."""

_IMAGES = {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
_DOCUMENTS = {
    "pdf": "application/pdf",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "txt": "text/plain",
    "md": "text/markdown",
}
_VIDEOS = {
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "flv": "video/x-flv",
    "mpeg": "video/mpeg",
    "wmv": "video/x-ms-wmv",
    "three_gp": "video/3gpp",
}
_SOUNDS = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/opus",
    "mp4": "audio/mp4",
    "pcm": "audio/pcm",
    "webm": "audio/webm",
}
_FORMS = {"image": _IMAGES, "document": _DOCUMENTS, "video": _VIDEOS, "audio": _SOUNDS}
_NAMES = {kind: {mime: name for name, mime in forms.items()} for kind, forms in _FORMS.items()}
_OTHERS = {"image/jpg": "jpeg", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mp3": "mp3", "text/x-markdown": "md"}


def read_form(kind: str, name: str) -> str:
    """The media type for a `format` of a block of this kind; empty if there is none."""
    return _FORMS[kind].get(name, f"{kind}/{name}" if name and kind != "document" else "")


def write_form(kind: str, mime: str) -> str:
    """The `format` for a media type; empty if Bedrock takes no such thing there."""
    plain = mime.partition(";")[0].strip().lower()
    name = _NAMES[kind].get(plain) or _OTHERS.get(plain, "")
    return name if name in _FORMS[kind] else "txt" if kind == "document" and plain.startswith("text/") else ""
