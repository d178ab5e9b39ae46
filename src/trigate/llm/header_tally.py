"""What Amazon Bedrock counts in the head of an answer, whatever stands in the body."""

from trigate.core.parts import Headers, field
from trigate.llm.reply import Tally

INPUT = b"x-amzn-bedrock-input-token-count"
OUTPUT = b"x-amzn-bedrock-output-token-count"
CACHE_READ = b"x-amzn-bedrock-cache-read-input-token-count"
CACHE_WRITE = b"x-amzn-bedrock-cache-write-input-token-count"
COUNTS = (INPUT, OUTPUT, CACHE_READ, CACHE_WRITE)


def counted_in(headers: Headers) -> Tally | None:
    """The tokens that a head tells of; None if it tells none, or what cannot be true."""
    if field(headers, INPUT) is None and field(headers, OUTPUT) is None:
        return None
    try:
        into, output, read, written = (
            int(field(headers, each) or 0) for each in (INPUT, OUTPUT, CACHE_READ, CACHE_WRITE)
        )
    except ValueError:
        return None
    tally = Tally(input=into, output=output, cache_read=read, cache_write=written)
    return tally if tally.sound else None
