"""Text from reports, trackers and logs, made harmless for the place where it is shown.

Test names, failure messages, titles and labels are written by strangers. Nothing is left out: what
could do harm is shown in escaped form, so that a reader sees that it was there.
"""

import json
import re

# C0, DEL and C1 controls (ANSI sequences begin with one), line separators, lone surrogates, and the
# marks that turn the direction of text or are invisible: they make a line read as something else.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What begins a formula in spreadsheet programs, their full-width forms included.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
# A colon makes a link of an address and a picture of `:name:`; in a time or after a word it is only a colon.
_MARKDOWN = re.compile(
    r"([\\`*_\[\]<>|~&$]|(?<=www)\.|:(?=//)|(?<=mailto):|(?<=xmpp):|:(?=(?!\d\d:)[\w+-]+:))",
    re.IGNORECASE,
)


def for_terminal(text: str) -> str:
    r"""One line without control characters: a newline becomes `\n`, an escape `\x1b`."""
    return _UNSEEN.sub(_escape, text)


def for_markdown(text: str) -> str:
    """One table cell: no markup, no HTML, no link, no mention of people."""
    # GitHub looks for mentions after it has undone escapes; only a character between breaks them.
    return _MARKDOWN.sub(r"\\\1", for_terminal(text)).replace("@", "@\u200b")


def for_csv(text: str) -> str:
    """One CSV field that no spreadsheet program takes for a formula."""
    text = for_terminal(text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def for_json(line: str) -> str:
    r"""JSON text without raw control or invisible characters: `\u009b` says the same."""
    return _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], line)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _NAMED.get(found[0]) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
