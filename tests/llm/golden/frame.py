"""Streams as golden files hold them: as they are, but Bedrock's binary frames as one line of JSON each."""

import json

BINARY = "bedrock_converse"


def from_text(dialect: str, text: str) -> bytes:
    """The bytes of a stream."""
    if dialect != BINARY:
        return text.encode()
    from trigate.llm.dialects.bedrock_converse.frame import write_frame

    lines = [json.loads(line) for line in text.splitlines() if line]
    return b"".join(write_frame(each["headers"], json.dumps(each["payload"]).encode()) for each in lines)


def to_text(dialect: str, data: bytes) -> str:
    """The text of a stream."""
    if dialect != BINARY:
        return data.decode()
    from trigate.llm.dialects.bedrock_converse.frame import FrameReader

    frames = FrameReader(2**24).feed(data)
    return "".join(
        json.dumps({"headers": each.headers, "payload": json.loads(each.payload)}, ensure_ascii=False) + "\n"
        for each in frames
    )
