"""The raw shape of who owns which paths."""

from ingest.records.base import Record


class CodeOwner(Record, kw_only=True):
    """Grain: one rule of the owners' file of one repository, as it was on a day."""

    TABLE = "code_owners"
    repo: str
    position: int  # 1, 2 ...: of the rules that match a path the last wins (in each section)
    pattern: str  # as the file writes it, escapes resolved
    section: str | None = None  # GitLab's
    owners_json: str  # list: teams as @handle, persons as person:<keyed hash>; empty: nobody
    excluded: bool = False  # GitLab's and Bitbucket's `!pattern`: nobody's, whatever rules say
