"""Oddities of a file that are counted and told once, with the first of them."""


class Sightings:
    """Keeps the first of equal kind and how many there were."""

    def __init__(self) -> None:
        self.count = 0
        self.first = ""

    def see(self, what: str) -> None:
        """One more."""
        self.count += 1
        self.first = self.first or what
