"""A text that is not copied is read at its end as one with zeros behind it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.formats.spans import Bare


@given(
    st.binary(min_size=1, max_size=700),
    st.sampled_from([8, 16, 48, 256]),
    st.lists(st.integers(0, 708), min_size=1, max_size=5),
)
@settings(max_examples=200, deadline=None)
def test_windows_have_zeros_behind_the_end(text: bytes, width: int, places: list[int]) -> None:
    places = [place % (len(text) + 8) for place in places]

    words = Bare(text).windows(np.array(places), width)

    assert [row.tobytes() for row in words] == [text[at : at + width].ljust(width, b"\0") for at in places]


def test_a_long_text_is_not_copied() -> None:
    text = b"x" * 4096

    assert Bare(text).raw is text
