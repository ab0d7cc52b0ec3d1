"""Access logs of nginx and Apache: combined, combined with request time, common, or any nginx log_format.

A log lands as counts. Every line falls into exactly one class, in this order: rejected (does not fit the
format), other (blank line, or no HTTP request), static (a file for the browser), synthetic, bot, user.
Only the last three have rows. Text is read as Latin-1, in which every byte is a character: what is kept
of a line is ASCII anyway, and no byte can stop the file.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fnmatch import fnmatch
from itertools import compress, repeat
from pathlib import Path
from typing import NamedTuple

import msgspec

from ingest.agents import Agent, classify
from ingest.blocks import Block, read_blocks
from ingest.log_format import NAMED, Layout, layout
from ingest.privacy import excerpt
from ingest.records import RequestLatency, RequestMinute, UsageCount
from ingest.request_counts import (
    MINUTE_SHIFT,
    NO_LATENCY,
    OTHER,
    ROUTE_SHIFT,
    STATIC,
    STATUS_SHIFT,
    RequestCounts,
    Requests,
    latency_bucket,
)
from ingest.routes import Templates, is_static, request_parts
from ingest.sniff import looks_like
from ingest.source import Context, FormatError, Item, Reject, Source, Tally
from ingest.stamps import parse_stamp
