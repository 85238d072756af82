"""Keywords about the judge that runs at the end of every test; it comes with every library of the project."""

import time
from collections.abc import Mapping
from datetime import timedelta
from difflib import get_close_matches
from typing import Protocol
from urllib.parse import parse_qsl, urlsplit

from robot.api import logger
from robot.api.deco import keyword

from goldenpath.clients.answers import parsed
from goldenpath.errors import UsageError
from goldenpath.history.exchange import Exchange, kept_headers, outcome_of
from goldenpath.history.rules import RULES
from goldenpath.keyword_library import keyword_library
from goldenpath.world import world


class _Request(Protocol):
    method: str
    url: str
    body: str | bytes | None
    headers: Mapping[str, str]


class Answer(Protocol):
    """What RequestsLibrary returns, as far as a history needs it."""

    request: _Request
    status_code: int
    headers: Mapping[str, str]
    content: bytes
    text: str
    elapsed: timedelta


@keyword_library
class JudgeLibrary:
    """What a scenario has to tell the judge: rules that do not hold for it, and answers that other libraries got."""

    @keyword
    def waive_rule(self, name: str, because: str) -> None:
        """Let a rule of the judge not count in this test; the reason stands in the log and in the test's stamp.

        Args:
            name: The rule's name.
            because: Why it does not hold here, as a reader of the report will see it.

        Raises:
            UsageError: There is no such rule, or no reason.
        """
        if name not in RULES:
            near = get_close_matches(name, RULES, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(sorted(RULES))}."
            raise UsageError(f"The judge has no rule '{name}'. {hint}")
        if not because.strip():
            raise UsageError(f"Say why {name} does not hold in this test: because=…")
        world().waived[name] = because.strip()
        logger.info(f"waived: {name} ({because.strip()})\nThe rule: {RULES[name].meaning}")

    @keyword
    def remember_the_answer(self, answer: Answer) -> None:
        """Put a request that another library made, and its answer, into the history that the judge sees.

        Args:
            answer: What RequestsLibrary's keywords return.
        """
        ended_ns = time.monotonic_ns()
        asked, people = answer.request, world().recorder.people
        place = urlsplit(asked.url)
        request = asked.body.decode("utf-8", errors="replace") if isinstance(asked.body, bytes) else asked.body or ""
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        owner = people.owner_of(token, parsed(request.encode(), asked.headers))
        people.learn(owner, parsed(answer.content, answer.headers))
        exchange = Exchange(
            owner=owner,
            method=asked.method,
            path=place.path,
            status=answer.status_code,
            # The moment of the answer is not known, this one is a little later; how long it took is.
            sent_ns=ended_ns - round(answer.elapsed.total_seconds() * 1e9),
            ended_ns=ended_ns,
            outcome=outcome_of(asked.method, answer.status_code),
            request=request,
            answer=answer.text,
            query=dict(parse_qsl(place.query)),
            sent_headers=kept_headers(asked.headers),
            headers=kept_headers(answer.headers),
        )
        world().recorder.record_exchange(exchange)
        logger.info(f"Remembered for the judge: {exchange} of {owner}, answered {answer.status_code}.")
