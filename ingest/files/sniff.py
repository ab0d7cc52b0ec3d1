"""What a file looks like, for messages that say what was found instead of what was expected."""

import re

_MAGIC = (
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)

_TEXT = (
    (r"<\?xml|<[a-zA-Z][\w:.-]*[\s>/]", "XML"),
    (r"\{[^\n]*\}[ \t\r]*\n\s*\{", "JSON lines"),
    (r"\{|\[\s*[\{\"\]]", "JSON"),
    (
        r"[^\n]*?(?:std(?:out|err) [FP]|\}?:|\]) \{\"",
        "JSON lines behind a container's or syslog's prefix",
    ),
    (r"(?:TN:[^\n]*\n\s*)?SF:|TN:[^\n]*$", "LCOV"),
    (
        r"(?s)#(?:Software|Version|Fields|Date|Remark|GMT-Offset|Start-Date).*?(?:Microsoft|IIS)",
        "a W3C extended log (IIS)",
    ),
    (r"(?s)#Version.*#Fields:[^\n]*x-edge", "a CloudFront log"),
    (r"#(?:Software|Version|Fields|Date|Remark|GMT-Offset|Start-Date)", "a W3C extended log"),
    (r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}\d", "a CloudFront log"),
    (
        r"(?:https?|h2|wss?|grpcs?) \d{4}-\d\d-\d\dT\S+Z (?:app|net)?/?\S* ",
        "a load balancer (AWS ALB) log",
    ),
    (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\]", "an nginx error log"),
    (r"\[\w{3} \w{3} +\d{1,2} [\d:.]+ \d{4}\] \[", "an Apache error log"),
    (r"<\d{1,3}>|\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ ", "a syslog file"),
    (
        r"[^\n\"]*\[\d\d/\w{3}/\d{4}:[\d:]{8} [+-]\d{4}\] [^\n]*\"",
        "an access log of another format",
    ),
    (r"(?:\"?[\w .$/-]+\"?[,;\t]){2,}", "CSV"),
)
_TEXT_KINDS = tuple((re.compile(pattern), kind) for pattern, kind in _TEXT)


def looks_like(head: bytes) -> str:
    """In words, what the first bytes of a file look like."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    text = head[:8192].decode("utf-8-sig", "replace").lstrip()
    if not text:
        return "an empty file"
    if text.count("\x00") + text.count("�") > len(text) // 10:
        return "binary data"
    for pattern, kind in _TEXT_KINDS:
        if pattern.match(text):
            return kind
    return "some other text"
