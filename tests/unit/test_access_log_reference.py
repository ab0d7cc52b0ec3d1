"""Every line of an access log is accounted for, as a second reader would.

`reference` reads a line by hand, knows nothing of the parser's expressions, and decides what fits:
the parser must agree with it about every line.
"""

import datetime as dt
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.access_log_support import CHROME
from tests.unit.combined_log_support import line, parsed


def _quoted(text: str, start: int) -> int | None:
    """Place after the closing quote of what opens at `start`."""
    if text[start : start + 1] != '"':
        return None
    place = start + 1
    while place < len(text):
        if text[place] == "\\":
            place += 2
        elif text[place] == '"':
            return place + 1
        else:
            place += 1
    return None


def _after_head(text: str) -> tuple[str, int] | None:
    """Stamp, and the place of the request's quote."""
    place = 0
    for _ in range(2):  # client, ident
        end = text.find(" ", place)
        if end < 0 or '"' in text[place:end]:
            return None
        place = end + 1
    opening = re.search(r" \[([^ \]\"]+ [+-][0-9]{4})\] \"", text[place:])
    if opening is None:
        return None
    user = text[place : place + opening.start()]
    if '"' in user or (" " in user and "[" in user):
        return None
    return opening[1], place + opening.end() - 1


def _is_body(text: str, place: int) -> bool:
    end = _quoted(text, place)
    numbers = re.compile(r" (?:[0-9]{3}|-) (?:[0-9]{1,15}|-) ").match(text, end or len(text))
    if numbers is None:
        return False
    referer = _quoted(text, numbers.end())
    agent = _quoted(text, referer + 1) if referer and text[referer : referer + 1] == " " else None
    return bool(agent and re.fullmatch(r" (?:[0-9]{1,9}\.[0-9]{3,6}|-)", text[agent:]))


def reference(text: str) -> bool:
    """Is this a line of combined with request time?"""
    head = _after_head(text)
    if head is None or not _is_body(text, head[1]):
        return False
    if not re.fullmatch(r"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}(:[0-9]{2}){3} [+-][0-9]{4}", head[0]):
        return False
    try:
        when = dt.datetime.strptime(head[0], "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return False
    return 1995 <= when.year < 2100


BYTES = st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\n\r")
ODD = st.sampled_from(['"', "\\", '\\"', "\\\\", " ", "[", "]", "-", '" "', "HTTP/1.1", "\\x22"])
WORDS = st.lists(ODD | st.text(BYTES, max_size=4), max_size=6).map("".join)
GOOD = st.builds(
    line,
    st.just("GET /cart HTTP/1.1") | WORDS,
    user=st.just("-") | WORDS,
    agent=st.just(CHROME) | WORDS,
    referer=st.just("-") | WORDS,
    size=st.sampled_from(["0", "-", "77", "x"]),
)


@st.composite
def broken(draw: st.DrawFn) -> str:
    text = draw(GOOD)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 40)))
    return text[:start] + draw(WORDS) + text[end:]


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(
        GOOD | broken() | broken().map(lambda text: text[:30]) | st.just(""), max_size=40
    )
)
def test_the_parser_agrees_with_the_reference_about_every_line(
    tmp_path: Path, lines: list[str]
) -> None:
    lines = [line(), *lines]
    result = parsed(tmp_path, *lines)
    expected = [n for n, text in enumerate(lines, 1) if text.strip() and not reference(text)]
    assert sorted(reject.position or 0 for reject in result.rejects) == expected
    assert result.tally["read"] == len(lines)
