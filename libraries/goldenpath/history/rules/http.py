"""Rules about answers over HTTP."""

import json
from typing import Any

from goldenpath.history.exchange import UPGRADE, Exchange
from goldenpath.history.rules.book import Broken, Notes, rule
from goldenpath.schemas import Service, body_errors, error_codes

_OPEN_TO_ALL = ("/health", "/metrics")


@rule("http-trace-headers", "contract 1", "exchange", needs="trace_id")
def http_trace_headers(exchange: Exchange) -> Notes:
    """Every answer carries X-Request-Id and X-Trace-Id."""
    missing = [name for name in ("x-request-id", "x-trace-id") if not exchange.headers.get(name)]
    if exchange.status is not None and missing:
        yield Broken(f"the answer {exchange.status} has no {' and no '.join(missing)}", exchange.ended_ns)


@rule("http-errors-documented", "contract 1", "exchange", needs="schemas")
def http_errors_documented(exchange: Exchange) -> Notes:
    """An error carries a documented code with the status that belongs to it, and says in words what is wrong."""
    if exchange.status is None or exchange.status < 400 or exchange.path.startswith(_OPEN_TO_ALL):
        return
    error = _error(exchange)
    code = error.get("code")
    known = error_codes().get(code) if isinstance(code, str) else None
    if known is None or known["status"] != exchange.status or "http" not in known["where"]:
        yield Broken(f"the answer {exchange.status} has the code {code}", exchange.ended_ns, _trace(exchange))
    elif not error.get("message"):
        yield Broken(f"the answer {exchange.status} {code} has no message", exchange.ended_ns, _trace(exchange))


@rule("http-errors-name-their-trace", "contract 1", "exchange", needs="schemas trace_id")
def http_errors_name_their_trace(exchange: Exchange) -> Notes:
    """An error names the trace that its answer's header names."""
    inner, outer = _error(exchange).get("trace_id"), _trace(exchange)
    if exchange.status is not None and exchange.status >= 400 and inner is not None and inner != outer:
        yield Broken(f"the error is of trace {inner}, its answer of {outer}", exchange.ended_ns, outer)


@rule("no-server-error", "contract 1", "exchange")
def no_server_error(exchange: Exchange) -> Notes:
    """No request is answered with an error of the server other than 503."""
    if exchange.status is not None and exchange.status >= 500 and exchange.status != 503:
        yield Broken(f"it was answered {exchange.status}", exchange.ended_ns, _trace(exchange))


@rule("http-body-schema", "contract 1", "exchange", needs="schemas")
def http_body_schema(exchange: Exchange) -> Notes:
    """Every answer has a status and a body that its description in resources/schemas names."""
    service = _service(exchange)
    if service is None or exchange.status is None:
        return
    wrongs = body_errors(service, exchange.method, exchange.path, exchange.status, _body(exchange))
    if wrongs:
        yield Broken("; ".join(wrongs[:3]), exchange.ended_ns, _trace(exchange))


@rule("too-many-says-when", "contract 2 and 3", "exchange")
def too_many_says_when(exchange: Exchange) -> Notes:
    """Who is told that there were too many requests is told when to come again."""
    if exchange.status == 429 and "retry-after" not in exchange.headers and "retry_after_s" not in _error(exchange):
        yield Broken("the answer 429 does not say when to come again", exchange.ended_ns, _trace(exchange))


@rule("lists-keep-their-limit", "contract 4", "exchange", needs="schemas")
def lists_keep_their_limit(exchange: Exchange) -> Notes:
    """A list gives no more items than were asked for, and never more than 100."""
    body = _body(exchange)
    items = body.get("items") if isinstance(body, dict) else None
    limit = exchange.query.get("limit", "100")
    most = min(int(limit), 100) if limit.isdecimal() else 100
    if exchange.status == 200 and isinstance(items, list) and len(items) > most:
        yield Broken(f"the list has {len(items)} items, asked were {most}", exchange.ended_ns, _trace(exchange))


@rule("messages-ascend", "contract 4", "exchange", needs="seq")
def messages_ascend(exchange: Exchange) -> Notes:
    """The messages of a thread are listed in the order of their seq."""
    if exchange.method != "GET" or exchange.status != 200 or not exchange.path.endswith("/messages"):
        return
    body = _body(exchange)
    items = body.get("items", []) if isinstance(body, dict) else []
    seqs = [item["seq"] for item in items if isinstance(item, dict) and isinstance(item.get("seq"), int)]
    if seqs != sorted(set(seqs)):
        yield Broken(f"the messages have seq {seqs}", exchange.ended_ns, _trace(exchange))


@rule("strangers-are-refused", "contract 1", "exchange", needs="schemas")
def strangers_are_refused(exchange: Exchange) -> Notes:
    """An answer 401 of the API shows nothing else than its error."""
    if exchange.status == 401 and exchange.path.startswith("/api"):
        body = _body(exchange)
        extra = [name for name in body if name != "error"] if isinstance(body, dict) else ["a body that is no JSON"]
        if extra:
            yield Broken(f"the refusal also shows {', '.join(extra)}", exchange.ended_ns, _trace(exchange))


def _service(exchange: Exchange) -> Service | None:
    if exchange.method == UPGRADE:
        return None
    return "auth" if exchange.path.startswith("/auth") else "backend" if exchange.path.startswith("/api") else None


def _body(exchange: Exchange) -> Any:
    try:
        return json.loads(exchange.answer) if exchange.answer else None
    except ValueError:
        return exchange.answer


def _error(exchange: Exchange) -> dict[str, Any]:
    if exchange.status is None or exchange.status < 400:
        return {}
    body = _body(exchange)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _trace(exchange: Exchange) -> str | None:
    return exchange.headers.get("x-trace-id")
