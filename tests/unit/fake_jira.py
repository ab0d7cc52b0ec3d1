"""A Jira on loopback that keeps the issues it was given, and can lose answers as networks do."""

import re
from dataclasses import dataclass, field
from typing import Any

from tests.unit.vendor_server import Asked, Reply, reply

NO_PROJECT = {"errorMessages": ["No project could be found with key 'SHOP'."], "errors": {}}


@dataclass
class FakeJira:
    """Project SHOP of one site."""

    version: int = 3
    issues: list[dict[str, Any]] = field(default_factory=list)
    on_create: list[Reply] = field(default_factory=list)
    """Answers to the next requests to create, which are then not done."""
    lost: int = 0
    """So many issues are made whose answer never comes."""
    late: int = 0
    """So many searches do not show the newest issue yet."""
    search_fails: bool = False
    has_project: bool = True
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        _, _, path = asked.path.partition(f"/rest/api/{self.version}/")
        if path == "project/SHOP" and self.has_project:
            return reply({"key": "SHOP"})
        if path == ("search/jql" if self.version == 3 else "search"):
            return self._search(asked.json)
        if path == "issue":
            return self._create(asked.json["fields"])
        return reply(NO_PROJECT, "404 Not Found")

    def _search(self, query: dict[str, Any]) -> Reply:
        if self.search_fails and self.created:
            return reply({"errorMessages": ["no"]}, "400 Bad Request")
        listed = re.fullmatch(r"labels in \((.*)\) ORDER BY created DESC", query["jql"])
        assert listed
        wanted = set(re.findall(r'"([^"]*)"', listed[1]))
        shown = self.issues
        if self.late and self.created:
            self.late, shown = self.late - 1, self.issues[:-1]
        found = [one for one in reversed(shown) if wanted & set(one["fields"]["labels"])]
        more = {"isLast": True} if self.version == 3 else {"total": len(found), "startAt": 0}
        return reply({"issues": found, **more})

    def _create(self, fields: dict[str, Any]) -> Reply:
        if self.on_create:
            return self.on_create.pop(0)
        key = f"SHOP-{len(self.issues) + 1}"
        self.add(key, *fields["labels"], fields=fields)
        whole = reply({"id": "1", "key": key, "self": "x"}, "201 Created")
        if self.lost:
            self.lost -= 1
            return whole[:-10]
        return whole

    def add(
        self, key: str, *labels: str, done: bool = False, fields: dict[str, Any] | None = None
    ) -> None:
        """Let it hold an issue."""
        status = {"name": "x", "statusCategory": {"key": "done" if done else "new"}}
        given = {**(fields or {}), "labels": list(labels), "status": status}
        self.issues.append({"id": "1", "key": key, "fields": given})

    @property
    def created(self) -> list[dict[str, Any]]:
        """What it was asked to create, in turn."""
        return [one.json["fields"] for one in self.asked if one.path.endswith("/issue")]
