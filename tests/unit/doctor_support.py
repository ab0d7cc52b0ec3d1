"""What tests of `gapsight doctor` share: a workspace, files in its inbox, and what doctor says of it."""

import json
from pathlib import Path

import pytest

from gapsight.cli.main import main
from orchestration.loading import load_family
from orchestration.settings import load
from tests.unit.cli_support import make_marts, make_workspace

KEY = '[privacy]\nhash_key_env = "SHOP_HASH_KEY"\n'
CATALOG = "flow,product,status\ncheckout,shop,active\n"


def quiet_workspace(folder: Path, monkeypatch: pytest.MonkeyPatch, extra: str = "") -> Path:
    """A workspace with a key and one flow, and nothing loaded."""
    monkeypatch.setenv("SHOP_HASH_KEY", "a-secret-key-of-the-shop")
    make_workspace(folder, KEY + extra)
    (folder / "seeds" / "flow_catalog.csv").write_text(CATALOG)
    return folder


INCIDENT = '[{"id": "INC-1", "started_at": "2026-06-30T08:00:00Z"}]'


def drop_incident(workspace: Path, content: str = INCIDENT) -> None:
    """Put one incident file in the inbox."""
    place = workspace / "var" / "inbox" / "incidents" / "2026-06-30" / "incidents.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content)


def drop_issue(workspace: Path) -> None:
    """Put one page of issues in the inbox."""
    stamps = dict.fromkeys(("created", "updated"), "2026-06-30T08:00:00.000+0000")
    page = {"issues": [{"key": "PAY-1", "fields": {"summary": "no total", **stamps}}]}
    place = workspace / "var" / "inbox" / "jira" / "2026-06-30" / "page-1.json"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(json.dumps(page))


def load_and_publish(workspace: Path) -> None:
    """Load what lies in the inbox and publish something after it."""
    settings = load(workspace)
    for family in ("incidents", "issues"):
        load_family(settings, family)
    make_marts(settings.paths.marts)


class Examined:
    """What doctor says, as data."""

    def __init__(self, workspace: Path, capsys: pytest.CaptureFixture[str], day: str) -> None:
        words = ["doctor", "--workspace", str(workspace), "--as-of", day, "--format", "json"]
        self.code = main(words)
        self.printed = capsys.readouterr().out
        self.said = json.loads(self.printed)

    @property
    def findings(self) -> list[tuple[str, str]]:
        return [(finding["level"], finding["what"]) for finding in self.said["findings"]]

    def about(self, name: str) -> list[tuple[str, str, str]]:
        """Level, words and advice of the findings about one source or repository."""
        return [
            (finding["level"], finding["what"], finding["do"])
            for finding in self.said["findings"]
            if finding["about"] == name
        ]

    def one(self, kind: str, name: str) -> dict[str, object]:
        """The source or repository of that name."""
        (found,) = (it for it in self.said[kind] if it.get("source", it.get("name")) == name)
        return dict(found)
