"""The backend's REST interface (contract section 4). Every call gives the reply, whatever its status."""

from typing import Any

from goldenpath.clients.http import HttpClient, Reply
from goldenpath.errors import PromiseBroken

LARGEST_PAGE = 100


class BackendClient(HttpClient):
    """Threads, messages, runs, agents and tools.

    Args:
        base_url: The address of one instance.
        recorder: The history that every call goes into; ``None`` for calls that are no user's.
        dialect: How the platform talks.
        ca_file: The authority that has signed its certificate.
    """

    async def get(self, path: str, token: str | None, **query: Any) -> Reply:
        """Read any path.

        Args:
            path: From the root, for example ``/api/threads``.
            token: Who asks; ``None`` asks without a token.
            **query: Parameters of the query; those that are ``None`` are left out.

        Returns:
            The answer.
        """
        return await self.call("GET", path, token=token, query=query)

    async def threads(self, token: str, limit: int | None = None, cursor: str | None = None) -> Reply:
        """Read a page of the user's threads.

        Args:
            token: Who asks.
            limit: Most items on the page.
            cursor: ``next_cursor`` of the page before.

        Returns:
            200 with ``items`` and ``next_cursor``.
        """
        return await self.speak("threads", token=token, query={"limit": limit, "cursor": cursor})

    async def create_thread(self, token: str, title: str) -> Reply:
        """Make a thread.

        Args:
            token: Whose.
            title: Shown to people; never an identity.

        Returns:
            201 with the thread.
        """
        return await self.speak("create_thread", token=token, body={"title": title})

    async def thread(self, token: str, thread_id: str) -> Reply:
        """Read one thread.

        Args:
            token: Who asks.
            thread_id: Which.

        Returns:
            200 with the thread; 404 when it is not theirs.
        """
        return await self.speak("thread", token=token, thread_id=thread_id)

    async def delete_thread(self, token: str, thread_id: str) -> Reply:
        """Delete a thread.

        Args:
            token: Whose.
            thread_id: Which.

        Returns:
            204; 404 when it is not theirs.
        """
        return await self.speak("delete_thread", token=token, thread_id=thread_id)

    async def messages(self, token: str, thread_id: str, limit: int | None = None, cursor: str | None = None) -> Reply:
        """Read a page of a thread's messages, in the order of ``seq``.

        Args:
            token: Who asks.
            thread_id: Which thread.
            limit: Most items on the page.
            cursor: ``next_cursor`` of the page before.

        Returns:
            200 with ``items`` and ``next_cursor``.
        """
        return await self.speak("messages", token=token, query={"limit": limit, "cursor": cursor}, thread_id=thread_id)

    async def all_messages(self, token: str, thread_id: str, page_size: int = LARGEST_PAGE) -> list[dict[str, Any]]:
        """Read all messages of a thread, page by page.

        Args:
            token: Who asks.
            thread_id: Which thread.
            page_size: Most items on a page.

        Returns:
            The messages in the order of the pages.

        Raises:
            PromiseBroken: A page was refused, or the pages never end.
        """
        found: list[dict[str, Any]] = []
        cursor, seen = None, set[str]()
        while True:
            page = (await self.messages(token, thread_id, limit=page_size, cursor=cursor)).expect(200)
            found += page.body["items"]
            cursor = page.body["next_cursor"]
            if not cursor:
                return found
            if cursor in seen:
                raise PromiseBroken(f"GET {page.path} gave the same next_cursor twice; its pages would never end")
            seen.add(cursor)

    async def run(self, token: str, run_id: str) -> Reply:
        """Read one run: state, steps with their results, error.

        Args:
            token: Who asks.
            run_id: Which.

        Returns:
            200 with the run; 404 when it is not theirs.
        """
        return await self.speak("run", token=token, run_id=run_id)

    async def run_events(self, token: str, run_id: str, after_seq: int | None = None) -> Reply:
        """Read the stored frames of a run.

        Args:
            token: Who asks.
            run_id: Which run.
            after_seq: Only frames of a higher ``seq``.

        Returns:
            200 with ``items``.
        """
        return await self.speak("run_events", token=token, query={"after_seq": after_seq}, run_id=run_id)

    async def ask(self, token: str, thread_id: str, question: str, client_message_id: str) -> Reply:
        """Ask in a thread over REST.

        Args:
            token: Who asks.
            thread_id: In which thread.
            question: The question.
            client_message_id: The id under which it is asked.

        Returns:
            202 with the ids of message and run; 404 when the thread is not theirs.
        """
        body = {"content": question, "client_message_id": client_message_id}
        return await self.speak("ask", token=token, body=body, thread_id=thread_id)

    async def stop_run(self, token: str, run_id: str) -> Reply:
        """Stop a run over REST.

        Args:
            token: Who asks.
            run_id: Which.

        Returns:
            202; 409 when it has ended, 404 when it is not theirs.
        """
        return await self.speak("stop_run", token=token, run_id=run_id)

    async def agents(self, token: str) -> Reply:
        """Read which agents are offered.

        Args:
            token: Who asks.

        Returns:
            200 with ``items``.
        """
        return await self.speak("agents", token=token)

    async def tools(self, token: str) -> Reply:
        """Read which tools are offered.

        Args:
            token: Who asks.

        Returns:
            200 with ``items``.
        """
        return await self.speak("tools", token=token)

    async def health(self, probe: str = "ready") -> Reply:
        """Ask how the instance is.

        Args:
            probe: ``live``, ``ready`` or ``startup``.

        Returns:
            200, or 503 when it is not well.
        """
        return await self.speak("backend_health", probe=probe)
