"""Inputs to begin with: the golden cases, and words of them that an input may be made of."""

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

from ingest.source import Context, Source
from tests.golden.cases import bytes_of, cases_of, input_of
from tests.golden.cases import context_of as context_of_case

_MEMBER = re.compile(rb"^--8<-- (.{1,200})\n", re.MULTILINE)
"""Leads a member of a bundle in its readable form: a zip's checksums would refuse nearly every change."""
_HOSTILE = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"NaN", b"1e999",
    b"-1", b"9223372036854775808", b"99999999999999999999999999", b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59-14:00", b"null", b"[[[[", b"{}", b"\r", b"\x1b[2J", b"<script>", b"&x;",
)  # fmt: skip
_MOST_WORDS = 400


def inputs_of(source: Source) -> list[bytes]:
    """Return the input of each golden case, bundles in their readable form."""
    return [_readable(input_of(case)) for case in cases_of(source.name)]


def words_of(source: Source) -> list[bytes]:
    """Return names that stand in the golden inputs, most frequent first, and what is awkward anywhere."""
    found: dict[bytes, int] = {}
    for content in inputs_of(source):
        for word in re.findall(rb"[A-Za-z_$@#-][\w:.$-]{2,30}", content):
            found[word] = found.get(word, 0) + 1
    return [*_HOSTILE, *sorted(found, key=lambda word: (-found[word], word))[:_MOST_WORDS]]


def context_of(source: Source) -> Context:
    """Return a context with all options that golden cases of the source have."""
    contexts = [context_of_case(case) for case in cases_of(source.name)]
    options = {name: value for one in contexts for name, value in one.options.items()}
    return replace(
        contexts[0], options=options, reporting_zone="Pacific/Kiritimati", hash_key=b"k" * 32
    )


def file_bytes(source: Source, content: bytes) -> bytes:
    """Return the file that an input stands for."""
    members = _MEMBER.split(content)
    if source.name != "ci_bundle" or len(members) == 1:
        return content
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, body in zip(members[1::2], members[2::2], strict=True):
            archive.writestr(name.decode(errors="replace").replace("\0", "") or "-", body)
    return made.getvalue()


def _readable(place: Path) -> bytes:
    if not place.is_dir():
        return bytes_of(place)
    members = sorted(path for path in place.rglob("*") if path.is_file())
    return b"".join(
        b"--8<-- %s\n%s" % (str(path.relative_to(place)).encode(), path.read_bytes())
        for path in members
    )
