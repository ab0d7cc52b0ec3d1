"""JUnit XML, in the dialects of its many writers.

There is no standard: what is common is `testsuite` elements, nested at will, with `testcase`s in
them. A file streams: memory does not grow with it.
"""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, BinaryIO

from ingest.durations import milliseconds
from ingest.junit_case import PLAIN, SILENT, outcomes, properties, suite_outcome
from ingest.junit_suite import Suite
from ingest.records import TestAttempt
from ingest.repeats import FAILING, Repeats
from ingest.source import Context, Item, Reject, Source, Warn
from ingest.stamps import UNKNOWN, Stamp
from ingest.test_names import split_name
from ingest.xml_stream import XmlStream

SUITES = ("testsuites", "testsuite")
_ATTRIBUTES = ("name", "classname", "file", "time", "status", "result", "timestamp")
