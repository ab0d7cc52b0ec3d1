"""What brings files without anybody dropping them: local clones and live interfaces."""

from collections.abc import Sequence
from dataclasses import dataclass

from gapsight.health.clones import CloneState
from gapsight.health.interfaces import InterfaceState


@dataclass(frozen=True)
class Feeds:
    """What brings files of its own accord, as it was found."""

    clones: Sequence[CloneState]
    interfaces: Sequence[InterfaceState]

    def are_reached(self, section: str) -> bool | None:
        """Whether everything that a section names can be read; None: not all of it was asked."""
        if section == "repos":
            return all(clone.reachable for clone in self.clones)
        asked = [
            one.reachable and not one.problem if one.reachable is not None else None
            for one in self.interfaces
            if f"fetch.{one.interface}" == section
        ]
        return False if False in asked else None if None in asked else True
