"""Plain sound."""

import io
import wave as standard

from hypothesis import given
from hypothesis import strategies as st

from trigate.llm.sound import wave


@given(st.binary(max_size=100).map(lambda data: data[: len(data) // 2 * 2]), st.integers(1000, 192_000))
def test_a_file_holds_the_samples(samples: bytes, rate: int):
    with standard.open(io.BytesIO(wave(samples, rate))) as read:
        assert read.readframes(100) == samples
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (rate, 1, 2)
