"""Scripts the mocked LLM from outside."""

from typing import Any, Self

import httpx


class LlmControl:
    """A client of ``/control``: put `marker_text` into a question, and its conversation follows that marker's script.

    Args:
        base_url: Where the mocked LLM listens.
        token: Its instance token.
    """

    def __init__(self, base_url: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=5
        )

    @staticmethod
    def marker_text(marker: str) -> str:
        """Give the text that selects a script.

        Args:
            marker: Letters, digits, ``_ . -``; a random one, so that no two conversations share it and the platform
                reads no word of a question into it.

        Returns:
            The text to put into a question.
        """
        return f"[[llm:{marker}]]"

    async def script(self, marker: str, replies: list[dict[str, Any]], for_task: str | None = None) -> None:
        """Append replies to a conversation's script.

        Args:
            marker: The conversation's marker.
            replies: Fields of `goldenpath.platform.llm_server.scripts.Reply`, in the order in which they are given.
            for_task: Only for prompts of this task: ``triage`` or ``report``.
        """
        body = {"marker": marker, "replies": replies, "for_task": for_task}
        (await self._http.post("/control/scripts", json=body)).raise_for_status()

    async def requests(self, marker: str | None = None) -> list[dict[str, Any]]:
        """List what was asked.

        Args:
            marker: Only this conversation's prompts.

        Returns:
            ``marker, task, scripted, model, stream, messages, traceparent, at`` of each call, oldest first.
        """
        response = await self._http.get("/control/requests", params={"marker": marker} if marker else {})
        asked: list[dict[str, Any]] = response.raise_for_status().json()["requests"]
        return asked

    async def clear(self, marker: str) -> None:
        """Forget a conversation's script and what it asked.

        Args:
            marker: The conversation's marker.
        """
        (await self._http.delete("/control/scripts", params={"marker": marker})).raise_for_status()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
