"""The name under which packers know the writer of zips."""

from ingest.files.zips import zipped

__all__ = ["zipped"]
