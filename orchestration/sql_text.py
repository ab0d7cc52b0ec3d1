"""Words inside SQL statements that take no parameters: `attach`, `copy`, `comment`."""


def name(word: str) -> str:
    """A table or column by its name."""
    return '"' + word.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text."""
    return "'" + value.replace("'", "''") + "'"
