"""Places of a file by their keys: the packed form and the dictionary say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.ci.line_states import Budget
from ingest.ci.points import Points

places = st.dictionaries(
    st.binary(max_size=3).map(lambda key: key.replace(b"\n", b"")), st.booleans()
)


@given(accounts=st.lists(places, max_size=4), again=st.booleans())
def test_a_place_ran_if_it_ran_in_one_of_the_accounts(
    accounts: list[dict[bytes, bool]], *, again: bool
) -> None:
    if again:  # the same places in the same order, as a merged report has them
        accounts = [
            *accounts,
            *({key: not ran for key, ran in found.items()} for found in accounts),
        ]
    points, wanted = Points(Budget()), dict[bytes, bool]()
    for found in accounts:
        points.add(found)
        for key, ran in found.items():
            wanted[key] = wanted.get(key, False) or ran
    assert dict(points) == wanted
    assert (points.covered, points.total) == (sum(wanted.values()), len(wanted))


def test_made_up_places_do_not_fill_memory() -> None:
    points = Points(Budget(10_000))
    points.add({b"%d" % n: False for n in range(1000)})
    points.add({b"%d" % n: True for n in range(1000)})  # the same ones: no more is kept
    assert (points.covered, points.total) == (1000, 1000)
    with pytest.raises(MemoryError):
        points.add({b"other": True})
