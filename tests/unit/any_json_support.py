"""Any JSON where answers of a vendor are expected: the strategy that property tests of interfaces share."""

from typing import Any

from hypothesis import strategies as st


def any_json(names: str) -> st.SearchStrategy[Any]:
    """Any JSON of a dozen leaves; its objects have members of these names only, to get far into a parser."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(names.split()), inner, max_size=4)
        ),
        max_leaves=12,
    )
