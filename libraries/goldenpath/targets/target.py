"""A target: which platform the suites run against, read from `resources/targets/NAME.toml` (or `.json`)."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from goldenpath.errors import TargetError
from goldenpath.project import RESOURCES
from goldenpath.targets.accounts import VARIABLE as ACCOUNTS
from goldenpath.targets.accounts import Account, accounts_given
from goldenpath.targets.addresses import SERVICES, Addresses, given, read_addresses
from goldenpath.targets.capabilities import known, read_capabilities
from goldenpath.targets.checked import ENDINGS, Section, described
from goldenpath.targets.dialect import CONTRACT, DIALECTS, Dialect, load_dialect

TARGETS = RESOURCES / "targets"
EMBEDDED, REACHABLE = "embedded", "reachable"
KINDS = (EMBEDDED, REACHABLE)
REAL_LLM = "GOLDENPATH_LLM_URL"

# Only who has started a platform can do these things to it.
_NEEDS_OWN = frozenset(
    {"llm_script", "notifications", "fault_links", "processes", "start_options", "platform_log", "defects"}
)
_READINESS_S = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A platform under test.

    Args:
        name: The name that ``--variable TARGET:name`` uses.
        kind: ``embedded``: the run starts the platform itself; ``reachable``: somebody else has started it.
        description: What stands there, in words for the report.
        dialect: How it talks.
        edge: The adapter that the run puts before its own platform; ``None``: none.
        addresses: Where it is; ``None`` where the run starts it.
        accounts: Accounts to use instead of new ones.
        readiness_s: How long it may take until it is ready, in seconds.
        real: What is real there, in words for the report.
        mocked: What is mocked there, in words for the report.
        not_offered: What it does not offer.
        production: Whether people work with it: nothing may load, fault or attack it.
    """

    name: str
    kind: str
    description: str
    dialect: Dialect = CONTRACT
    edge: str | None = None
    addresses: Addresses | None = None
    accounts: tuple[Account, ...] = field(default=(), repr=False)
    readiness_s: float = _READINESS_S
    real: tuple[str, ...] = ()
    mocked: tuple[str, ...] = ()
    not_offered: frozenset[str] = frozenset()
    production: bool = False

    def offers(self, name: str) -> bool:
        """Tell whether the platform offers something.

        Args:
            name: One of `CAPABILITIES`.

        Returns:
            Whether it does.

        Raises:
            UsageError: There is no such capability.
        """
        return known(name) not in self.not_offered


def load_target(name: str, folder: Path = TARGETS, dialects: Path = DIALECTS) -> Target:
    """Read a target's file and check it.

    Args:
        name: The target's name: the file's name without its ending; or the path of a file elsewhere, with its ending.
        folder: Where the target files are.
        dialects: Where the dialects' files are.

    Returns:
        The target.

    Raises:
        TargetError: No such file, or a key is missing, unknown or wrong; the message says which and what to do.
    """
    elsewhere = Path(name)
    if elsewhere.suffix in ENDINGS:
        name, folder = elsewhere.stem, elsewhere.parent
    section = described(folder, name, "target")
    if (told := section.text("name")) != name:
        raise section.wrong("name", f'is "{told}"; the file says {name}. Give both the same name')
    kind = section.one_of("kind", KINDS)
    dialect = load_dialect(section.text("dialect", CONTRACT.name), dialects)
    edge = section.text("edge", "") or None
    where = section.table("addresses")
    addresses = _addresses(section, where, kind)
    accounts = accounts_given()
    target = Target(
        name=name,
        kind=REACHABLE if addresses else EMBEDDED,
        description=section.text("description"),
        dialect=dialect,
        edge=edge,
        addresses=addresses,
        accounts=accounts,
        readiness_s=section.number("readiness_s", _READINESS_S),
        real=section.texts("real"),
        mocked=section.texts("mocked"),
        not_offered=read_capabilities(section, "not_offered") | dialect.not_offered,
        production=section.flag("production", False),
    )
    section.close()
    return _with_what_is_there(target)


def _addresses(section: Section, where: Section, kind: str) -> Addresses | None:
    """Read where the platform is; nothing, where the run is to start one itself."""
    set_here = given((*SERVICES, ACCOUNTS))
    if kind == REACHABLE or ("addresses" in section and set_here):
        return read_addresses(where)
    if set_here:
        raise TargetError(
            f"{' and '.join(set_here)} cannot be used with this target: the run starts its platform itself "
            f"({section.file}). Unset it, or choose another target, for example --variable TARGET:local."
        )
    if os.environ.get(REAL_LLM):
        raise TargetError(
            f"{REAL_LLM} is set, and this target's language model is mocked: a real one costs money and answers "
            "differently every time. Unset it; a platform with a real model is a target, see docs/targets.md."
        )
    where.anything()
    return None


def _with_what_is_there(target: Target) -> Target:
    """Add what cannot be offered as things stand: without our own platform, a store's address, a second instance."""
    missing = set(target.not_offered)
    where = target.addresses
    if target.edge and where is None:
        missing |= {"rows"}  # behind the adapter lie other tables than the dialect's
    if where is not None:
        missing |= _NEEDS_OWN
        missing |= {"database", "rows", "row_security"} if not where.postgres else set()
        missing |= {"usage_data"} if "database" in missing or target.accounts else set()
        missing |= {"redis"} if not where.redis else set()
        missing |= {"instances"} if len(where.backends) == 1 else set()
        missing |= {"registration"} if target.accounts else set()
    return replace(target, not_offered=frozenset(missing))
