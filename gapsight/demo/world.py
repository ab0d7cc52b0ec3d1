"""The demo world as typed data, read from the three TOML files beside this module."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Repo = str
Shares = dict[str, float]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of everything read from TOML: a misspelt key is an error, not a default."""


class Usage(Table, frozen=True, kw_only=True):
    """How much a flow is used on a weekday, before season and noise."""

    mix: str
    events: int = 0
    requests: int = 0
    service: str = ""


class Flow(Table, frozen=True, kw_only=True):
    """One flow: what the business says, where its code is, who uses it and what tests it."""

    name: str
    title: str
    product: str
    owner: str = ""
    co_owner: str = ""
    criticality: float
    impact: tuple[float, float, float]
    critical: bool = False
    status: Literal["active", "sunset"] = "active"
    one_off: bool = False
    answers: tuple[bool, bool] | None = None
    """Stable surface? Mockable? None: nobody has answered."""
    effort_hours: int
    component: str
    code: Literal["", "python", "java"] = ""
    coverage: tuple[float, float] | None = None
    change: int
    usage: Usage
    track: dict[Literal["started", "completed", "performed", "frustration"], str] = {}
    routes: tuple[str, ...]
    tests: dict[Literal["pytest", "playwright", "surefire"], int] = {}
    subjects: tuple[str, ...]
    modes: tuple[str, ...]
    defects_a_week: float = 0.06

    @property
    def main_role(self) -> Literal["performed", "completed"] | None:
        """The role whose events count as usage; None for a flow that only logs know."""
        if "performed" in self.track:
            return "performed"
        return "completed" if "completed" in self.track else None


class Product(Table, frozen=True, kw_only=True):
    """A product with its one repository, its service and its rhythm."""

    name: str
    repo: Repo
    service: str
    jira: str
    merges: tuple[int, ...]
    weekend: tuple[float, float]
    accounts: str
    account_count: int
    anonymous: float


class Client(Table, frozen=True, kw_only=True):
    """What an analytics client of a platform says of itself."""

    platform: str
    os: str
    browser: str


class Crowd(Table, frozen=True, kw_only=True):
    """Who else is in the logs, and the dimensions of analytics events."""

    bots: tuple[str, ...]
    monitor: str
    synthetic_account: str
    tenants: tuple[str, ...]
    static: tuple[str, ...]
    garbage: tuple[str, ...]
    slugs: tuple[str, ...]
    tiers: Shares
    personas: Shares
    locales: Shares
    variants: Shares


class Unmapped(Table, frozen=True, kw_only=True):
    """What the seeds know nothing of, with its volume a day; `tests` is a number of tests."""

    routes: dict[str, int]
    events: dict[str, int]
    tests: int


class Shared(Table, frozen=True, kw_only=True):
    """A component that serves several flows."""

    repo: Repo
    component: str
    flows: tuple[str, ...]
    coverage: tuple[float, float]
    change: int


class Owner(Table, frozen=True, kw_only=True):
    """A team of the world."""

    name: str
    members: str
    lead: str


class World(Table, frozen=True, kw_only=True):
    """Everything the generator knows besides what is planted."""

    flow: tuple[Flow, ...]
    product: tuple[Product, ...]
    mix: dict[str, Shares]
    client: dict[str, Client]
    agent: dict[str, tuple[str, ...]]
    crowd: Crowd
    unmapped: Unmapped
    shared: tuple[Shared, ...]
    owner: tuple[Owner, ...]

    def product_of(self, repo: Repo) -> Product:
        """Find the product whose repository it is."""
        return next(product for product in self.product if product.repo == repo)

    def repo_of(self, flow: Flow) -> Repo:
        """Find the repository that holds the flow's code and tests."""
        return next(product.repo for product in self.product if product.name == flow.product)

    def service_of(self, flow: Flow) -> str:
        """Find the service whose log shows the flow."""
        own = next(product.service for product in self.product if product.name == flow.product)
        return flow.usage.service or own

    def flows_of(self, product: str) -> tuple[Flow, ...]:
        """Return the flows of a product, in the order of the file."""
        return tuple(flow for flow in self.flow if flow.product == product)


class Component(msgspec.Struct, frozen=True):
    """A folder of source files that commits touch and coverage reports name."""

    repo: Repo
    name: str
    language: Literal["python", "java"]
    glob: str
    files: tuple[str, ...]
    coverage: tuple[float, float] | None
    change: int
    flows: tuple[str, ...]


@cache
def world() -> World:
    """Return the demo world, read once."""
    tables: dict[str, object] = {}
    for name in ("flows.toml", "world.toml"):
        tables |= tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))
    return msgspec.convert(tables, World)


@cache
def components() -> tuple[Component, ...]:
    """Every component of both repositories."""
    here = world()
    own = [
        _component(
            here.repo_of(flow),
            flow.component,
            code=flow.code,
            coverage=flow.coverage,
            change=flow.change,
            flows=(flow.name,),
        )
        for flow in here.flow
    ]
    return tuple(own) + tuple(
        _component(
            shared.repo,
            shared.component,
            code="",
            coverage=shared.coverage,
            change=shared.change,
            flows=shared.flows,
        )
        for shared in here.shared
    )


def _component(  # noqa: PLR0913 - the fields of a component
    repo: Repo,
    name: str,
    *,
    code: str,
    coverage: tuple[float, float] | None,
    change: int,
    flows: tuple[str, ...],
) -> Component:
    language: Literal["python", "java"] = (
        "python" if repo == "shop-web" or code == "python" else "java"
    )
    if language == "java":
        folder = f"server/src/main/java/com/example/backoffice/{name}"
        kinds = [
            f"{name.capitalize()}{kind}.java" for kind in ("Controller", "Repository", "Service")
        ]
    else:
        folder = f"src/shop/{name}" if repo == "shop-web" else f"jobs/{name}"
        kinds = ["api.py", "models.py", "service.py"]
    paths = tuple(f"{folder}/{kind}" for kind in kinds)
    return Component(repo, name, language, f"{folder}/**", paths, coverage, change, flows)
