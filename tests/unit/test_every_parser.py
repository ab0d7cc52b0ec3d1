"""Every parser, on inputs made from its golden cases: rows that can be stored, a reject, or a clear no.

`make fuzz` tries many more, led by which lines of the parser they reach.
"""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import sources
from ingest.files.packed import parsed
from ingest.source import FormatError
from tests.fuzz.corpus import context_of, file_bytes, inputs_of, words_of
from tests.golden.oracle import check

_EDITS = ("cut", "drop", "put", "over", "twice", "swap", "join")
_AT = st.integers(0, 1 << 16)


@st.composite
def inputs(draw, name: str) -> bytes:
    """Golden bytes of a source after a few edits: cut, dropped, put in, written over, doubled, swapped."""
    begin, words = inputs_of(sources.get(name)), words_of(sources.get(name))
    content = draw(st.sampled_from(begin))
    for _ in range(draw(st.integers(0, 6))):
        size = len(content) + 1
        at, more = draw(_AT) % size, draw(st.integers(1, 40))
        word = draw(st.sampled_from(words) | st.binary(max_size=8))
        head, tail = content[:at], content[at:]
        content = {
            "cut": head,
            "drop": head + tail[more:],
            "put": head + word + tail,
            "over": head + word + tail[len(word) :],
            "twice": head + tail[:more] + tail,
            "swap": head + tail[more : 2 * more] + tail[:more] + tail[2 * more :],
            "join": head + draw(st.sampled_from(begin))[at:],
        }[draw(st.sampled_from(_EDITS))]
    return content


@pytest.mark.parametrize("name", sources.NAMES)
def test_whatever_a_file_holds_its_rows_can_be_stored_and_its_records_are_accounted_for(
    name: str, tmp_path: Path
) -> None:
    source, place = sources.get(name), tmp_path / "input"

    # No deadline: the machine that runs this may be busy with something else.
    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(content=inputs(name))
    def tried(content: bytes) -> None:
        place.write_bytes(file_bytes(source, content))
        with suppress(FormatError), parsed(source, place, context_of(source)) as items:
            check(source, items)

    tried()
