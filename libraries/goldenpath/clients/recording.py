"""How a request of our clients gets into the history: whose it was, what came back, and whether it worked."""

import json
import time
from collections.abc import Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from goldenpath.history.exchange import UPGRADE, Exchange, Outcome, kept_headers, outcome_of
from goldenpath.history.recorder import Channel, Recorder


class Recording:
    """A request that is about to be sent; exactly one of `answered` and `unanswered` follows.

    Args:
        recorder: The history; ``None`` records nothing.
        method: The HTTP method, or `UPGRADE`.
        path: The path, without the query.
        token: That it carries; known to belong to a user, it tells whose the request is.
        body: Its JSON body; ``None`` without one.
        query: Its parameters.
        headers: Of the request.
    """

    def __init__(
        self,
        recorder: Recorder | None,
        method: str,
        path: str,
        token: str | None = None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._recorder = recorder
        self._method, self._path, self._headers = method, path, headers or {}
        self._query = {name: str(value) for name, value in (query or {}).items()}
        self._request = "" if body is None else json.dumps(body, ensure_ascii=False)
        self._owner = "" if recorder is None else recorder.people.owner_of(token, body)
        self._sent_ns = time.monotonic_ns()

    @classmethod
    def of_upgrade(cls, channel: Channel, url: str, headers: Mapping[str, str]) -> Self:
        """Begin the record of a handshake; only one that fails becomes an exchange, the others become a channel.

        Args:
            channel: That the socket would have.
            url: The socket's address; its query may hold a token and is left out.
            headers: Of the request.

        Returns:
            The recording, owned by the channel's owner.
        """
        recording = cls(channel.recorder, UPGRADE, urlsplit(url).path, headers=headers)
        recording._owner = channel.owner
        return recording

    def answered(self, status: int, headers: Mapping[str, str], text: str, body: Any) -> None:
        """Record the answer.

        Args:
            status: The HTTP status.
            headers: Of the answer.
            text: Its body as it came.
            body: The same as JSON; tokens in it are from now on known as the user's.

        Raises:
            HistoryFullError: The history cannot hold it.
        """
        if self._recorder is not None:
            self._recorder.people.learn(self._owner, body)
        self._keep(status, outcome_of(self._method, status), text, kept_headers(headers), "")

    def unanswered(self, why: str, never_left: bool = False) -> None:
        """Record that there was no answer.

        Args:
            why: What happened, without secrets.
            never_left: Whether it is certain that the platform never got the request.

        Raises:
            HistoryFullError: The history cannot hold it.
        """
        self._keep(None, "failed" if never_left else "indeterminate", "", {}, why)

    def _keep(self, status: int | None, outcome: Outcome, answer: str, headers: dict[str, str], trouble: str) -> None:
        if self._recorder is None:
            return
        exchange = Exchange(
            owner=self._owner,
            method=self._method,
            path=self._path,
            status=status,
            sent_ns=self._sent_ns,
            ended_ns=time.monotonic_ns(),
            outcome=outcome,
            request=self._request,
            answer=answer,
            query=self._query,
            sent_headers=kept_headers(self._headers),
            headers=headers,
            trouble=trouble,
        )
        self._recorder.record_exchange(exchange)
