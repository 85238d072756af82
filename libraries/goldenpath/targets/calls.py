"""HTTP in a dialect: how each call of the contract is made there, and how its answer reads in the contract's form."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from goldenpath.targets.checked import Section, nearest
from goldenpath.targets.paths import EMPTY, at, first

Paging = Literal["cursor", "offset"]

# Every call that the suite makes, as the contract has it (sections 1, 2 and 4).
CONTRACT_CALLS: dict[str, tuple[str, str]] = {
    "register": ("POST", "/auth/register"),
    "login": ("POST", "/auth/login"),
    "refresh": ("POST", "/auth/refresh"),
    "logout": ("POST", "/auth/logout"),
    "me": ("GET", "/auth/me"),
    "service_token": ("POST", "/auth/service-token"),
    "validate": ("POST", "/auth/validate"),
    "auth_health": ("GET", "/health/{probe}"),
    "backend_health": ("GET", "/health/{probe}"),
    "threads": ("GET", "/api/threads"),
    "create_thread": ("POST", "/api/threads"),
    "thread": ("GET", "/api/threads/{thread_id}"),
    "delete_thread": ("DELETE", "/api/threads/{thread_id}"),
    "messages": ("GET", "/api/threads/{thread_id}/messages"),
    "ask": ("POST", "/api/threads/{thread_id}/messages"),
    "run": ("GET", "/api/runs/{run_id}"),
    "run_events": ("GET", "/api/runs/{run_id}/events"),
    "stop_run": ("POST", "/api/runs/{run_id}/stop"),
    "agents": ("GET", "/api/agents"),
    "tools": ("GET", "/api/tools"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Args:
        method: The HTTP method.
        path: The path, with ``{thread_id}`` and the like.
        statuses: The contract's status, by the platform's.
        request: The platform's name of a field of the request's body, by the contract's; ``""`` leaves it out.
        answer: Where a field of the answer stands, best first, by the contract's name.
        items: Where in the answer the list stands; the empty path is the answer itself. ``None``: as in the contract.
        item: Where a field of an item of the list stands, by the contract's name.
        paging: Whether pages are asked for by ``cursor`` or by ``offset``.
    """

    method: str
    path: str
    statuses: Mapping[int, int] = field(default_factory=dict)
    request: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    items: str | None = None
    item: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    paging: Paging = "cursor"

    def body(self, body: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """Write a request's body.

        Args:
            body: In the contract's form; ``None``: there is none.

        Returns:
            In the platform's.
        """
        if body is None:
            return None
        renamed = {self.request.get(name, name): value for name, value in body.items()}
        return {name: value for name, value in renamed.items() if name}

    def query(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Write a request's query.

        Args:
            query: In the contract's form.

        Returns:
            In the platform's.
        """
        if self.paging == "cursor" or "cursor" not in query:
            return dict(query)
        rest = {name: value for name, value in query.items() if name != "cursor"}
        return {**rest, "offset": query["cursor"]}

    def read(self, body: Any, query: Mapping[str, Any]) -> Any:
        """Read a good answer.

        Args:
            body: As it came.
            query: Of the request, in the contract's form.

        Returns:
            In the contract's form.
        """
        if self.items is not None:
            found = at(body, self.items)
            items = [_with(item, self.item) for item in found] if isinstance(found, list) else []
            return {"items": items, "next_cursor": _next(query, len(items))}
        return _with(body, self.answer)


def _with(body: Any, fields: Mapping[str, tuple[str, ...]]) -> Any:
    if not isinstance(body, dict) or not fields:
        return body
    found = {name: first(body, paths) for name, paths in fields.items()}
    return {**body, **{name: value for name, value in found.items() if value not in EMPTY}}


def _next(query: Mapping[str, Any], got: int) -> str | None:
    """The offset of the next page; a page that is not full is the last one."""
    limit = query.get("limit")
    return str(int(query.get("cursor") or 0) + got) if limit is not None and got >= int(limit) else None


def contract_calls() -> dict[str, Call]:
    """Give the calls as the contract has them.

    Returns:
        By name.
    """
    return {name: Call(method, path) for name, (method, path) in CONTRACT_CALLS.items()}


def read_calls(section: Section) -> dict[str, Call]:
    """Read how calls differ from the contract's.

    Args:
        section: A table for each call that differs.

    Returns:
        All calls, by name.

    Raises:
        TargetError: A call or a key is unknown, or a value is of the wrong type.
    """
    calls = contract_calls()
    for name, table in section.tables().items():
        if name not in calls:
            raise section.wrong(name, f"is no call. {nearest(name, calls)[:-1]}")
        usual = calls[name]
        statuses = table.table("statuses")
        for status in statuses.anything():
            if not status.isdecimal():
                raise statuses.wrong(status, "is no HTTP status. For example: 200 = 201")
        calls[name] = replace(
            usual,
            method=table.text("method", usual.method),
            path=table.text("path", usual.path),
            statuses={int(status): promised for status, promised in statuses.numbers().items()},
            request=table.table("request").words(),
            answer=table.table("answer").lists(),
            items=table.text("items") if "items" in table else None,
            item=table.table("item").lists(),
            paging="offset" if table.one_of("paging", ("cursor", "offset"), "cursor") == "offset" else "cursor",
        )
        table.text("items", "")
        table.close()
    return calls
