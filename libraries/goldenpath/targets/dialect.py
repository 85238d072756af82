"""A dialect: how a platform talks, read from `resources/dialects/NAME.toml`. The contract itself is the one without."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from goldenpath.history.frame import Direction, Reading
from goldenpath.project import RESOURCES
from goldenpath.targets.calls import Call, contract_calls, read_calls
from goldenpath.targets.capabilities import read_capabilities
from goldenpath.targets.checked import Section, described
from goldenpath.targets.errors import ErrorReading
from goldenpath.targets.frames import FrameReading
from goldenpath.targets.questions import CONTRACT_FORMS, Questions

DIALECTS = RESOURCES / "dialects"
REFUSAL_FORMS = ("status", "frame")

Carrier = Literal["header", "subprotocol", "query"]
CARRIERS: dict[str, Carrier] = {carrier: carrier for carrier in get_args(Carrier)}


@dataclass(frozen=True, slots=True)
class Upgrade:
    """How a socket is opened.

    Args:
        path: Of the socket, behind the backend's address.
        carriers: How a token may travel.
        subprotocol: Offered beside the token, and selected by the platform.
        token_prefix: What stands before the token among the subprotocols.
        query: The token's name in the query.
        refused_by: ``status``: of the upgrade; ``frame``: an error and a close after 101.
        refused_with: The close code of a refusal by frame.
        statuses: The status that the contract has for a refusal by frame, by its code.
    """

    path: str = "/ws"
    carriers: tuple[Carrier, ...] = ("header", "subprotocol")
    subprotocol: str = "jwt-auth"
    token_prefix: str = "jwt."  # noqa: S105 - the name of it
    query: str = "token"
    refused_by: str = "status"
    refused_with: int = 1008
    statuses: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def described(cls, section: Section) -> "Upgrade":
        """Read how a socket is opened.

        Args:
            section: The table ``upgrade``.

        Returns:
            The description.

        Raises:
            TargetError: A key is unknown or a value is wrong.
        """
        usual = cls()
        carriers = section.texts("carriers", usual.carriers)
        for carrier in carriers:
            if carrier not in CARRIERS:
                raise section.wrong("carriers", f"holds '{carrier}'. Use some of: {', '.join(CARRIERS)}")
        upgrade = cls(
            path=section.text("path", usual.path),
            carriers=tuple(CARRIERS[carrier] for carrier in carriers),
            subprotocol=section.text("subprotocol", usual.subprotocol),
            token_prefix=section.text("token_prefix", usual.token_prefix),
            query=section.text("query", usual.query),
            refused_by=section.one_of("refused_by", REFUSAL_FORMS, usual.refused_by),
            refused_with=int(section.number("refused_with", usual.refused_with)),
            statuses=section.table("statuses").numbers(),
        )
        section.close()
        return upgrade


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a platform talks.

    Args:
        name: Its name.
        calls: Its calls over HTTP, by the contract's names of them.
        upgrade: How a socket is opened.
        questions: How a question is asked.
        frames: How frames are read; ``None``: they are the contract's.
        errors: Where errors say what they have to say; ``None``: as in the contract.
        close_codes: The contract's close code, by the platform's.
        owned_rows: Which rows of PostgreSQL are a user's: table -> the expression that gives the user's id.
        not_offered: What cannot be said in it.
    """

    name: str = "contract"
    calls: Mapping[str, Call] = field(default_factory=contract_calls)
    upgrade: Upgrade = field(default_factory=Upgrade)
    questions: Questions = field(default_factory=lambda: Questions(CONTRACT_FORMS))
    frames: FrameReading | None = None
    errors: ErrorReading | None = None
    close_codes: Mapping[int, int] = field(default_factory=dict)
    owned_rows: Mapping[str, str] = field(default_factory=dict)
    not_offered: frozenset[str] = frozenset()

    @property
    def reading(self) -> Reading | None:
        """What reads a recorded frame, either direction, in the contract's form; ``None``: it is in it already."""
        return None if self.frames is None else self._read

    def _read(self, direction: Direction, body: dict[str, Any]) -> dict[str, Any]:
        if direction == "out":
            return self.questions.read(body)
        return body if self.frames is None else self.frames.read(body)

    def error(self, body: Any) -> Any:
        """Read an error over HTTP.

        Args:
            body: Of the answer.

        Returns:
            The contract's ``{"error": {…}}``; the body itself where nothing of an error is found in it.
        """
        found = self.errors.error(body) if self.errors else {}
        return {"error": found} if found else body


CONTRACT = Dialect()


def load_dialect(name: str, folder: Path = DIALECTS) -> Dialect:
    """Read a dialect's file and check it.

    Args:
        name: Its name; ``contract`` needs no file.
        folder: Where such files are.

    Returns:
        The dialect.

    Raises:
        TargetError: No such file, or a key is missing, unknown or wrong; the message says which and what to do.
    """
    if name == CONTRACT.name:
        return CONTRACT
    section = described(folder, name, "dialect")
    section.text("description", "")
    errors = ErrorReading.described(section.table("errors"))
    codes = section.table("close_codes")
    for code in codes.anything():
        if not code.isdecimal():
            raise codes.wrong(code, "is no close code. For example: 4001 = 1008")
    dialect = Dialect(
        name=name,
        calls=read_calls(section.table("calls")),
        upgrade=Upgrade.described(section.table("upgrade")),
        questions=Questions.described(section.table("questions")),
        frames=FrameReading.described(section.table("frames"), errors),
        errors=errors,
        close_codes={int(code): promised for code, promised in codes.numbers().items()},
        owned_rows=section.table("owned_rows").words(),
        not_offered=read_capabilities(section, "not_offered"),
    )
    section.close()
    return dialect
