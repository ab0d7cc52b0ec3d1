"""Drafts of the test that an incident found missing, tagged so that the next run counts it for that incident.

The tags are those that the parsers read: markers of pytest (its JSON report, JUnit properties), `[key:value]` in a
Playwright title. A draft fails until somebody writes the test: merged by mistake, it tells nobody that all is well.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from gapsight.pages.document import Code

Row = Mapping[str, Any]
_GAPS = ("no_test_coverage", "failure_mode_not_covered", "tests_pass_but_incident_occurred")
_NAME = 60


def stubs(incident: Row) -> list[Code]:
    """Drafts for pytest and Playwright; none where no test is missing."""
    if incident["gap_type"] not in _GAPS:
        return []
    return [
        Code("Draft for pytest", "python", pytest_stub(incident)),
        Code("Draft for Playwright", "typescript", playwright_stub(incident)),
    ]


def pytest_stub(incident: Row) -> str:
    """A test function with the markers of the incident."""
    tags = _tags(incident)
    marks = "\n".join(f"@pytest.mark.{key}({_quoted(value)})" for key, value in tags.items())
    return f"""import pytest

# pytest --strict-markers wants them registered: {", ".join(tags)}


{marks}
def test_{_slug(incident, "_")}():
    # {_comment(incident)}
    # Given the data, order or load of the incident; when the flow is used; then it ends well, or fails as it should.
    pytest.fail({_quoted(f"draft: write the test that {incident['incident_id']} found missing")})
"""


def playwright_stub(incident: Row) -> str:
    """A test with the tags of the incident in its title."""
    tags = " ".join(f"[{key}:{_bare(value)}]" for key, value in _tags(incident).items())
    title = _quoted(f"{_slug(incident, ' ')} {tags}")
    draft = _quoted(f"draft: write the test that {incident['incident_id']} found missing")
    return f"""import {{ test }} from '@playwright/test';

test({title}, async ({{ page }}) => {{
  // {_comment(incident)}
  // Given the data, order or load of the incident; when the flow is used; then it ends well, or fails as it should.
  throw new Error({draft});
}});
"""


def _tags(incident: Row) -> dict[str, str]:
    """The tags that are known; risk is that of the incident's severity."""
    severity = incident["severity"]
    known = {
        "flow": incident["flow"],
        "risk": severity if severity in ("critical", "high", "medium", "low") else "high",
        "component": incident["component"],
        "failure_mode": incident["failure_mode"] if incident["failure_mode"] != "general" else None,
        "incident": incident["incident_id"],
    }
    return {key: str(value) for key, value in known.items() if value}


def _slug(incident: Row, gap: str) -> str:
    words = f"{incident['flow'] or incident['component']} {incident['title'] or incident['failure_mode']}"
    parts = re.findall(r"[a-z0-9]+", words.lower())
    return gap.join(parts)[:_NAME].strip(gap) or f"incident{gap}test"


def _comment(incident: Row) -> str:
    return f"{_line(incident['incident_id'])}: {_line(incident['title'] or 'no title')}"


def _line(value: object) -> str:
    """One line without control characters, for a comment."""
    return " ".join(re.sub(r"[^\x20-\x7e\u00a1-\u1fff\u3040-\ud7ff]+", " ", str(value)).split())


def _bare(value: str) -> str:
    """A tag ends at its bracket."""
    return re.sub(r"[\[\]\s]+", "-", value)


def _quoted(value: str) -> str:
    """A string that Python and TypeScript read alike."""
    return json.dumps(value)
