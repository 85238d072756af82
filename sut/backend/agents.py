"""How the backend runs agents: parts that belong to one run, over links that all runs share."""

from datetime import UTC, datetime
from uuid import UUID

from sut.agents.interface import Outcome, RunJournal, RunRequest
from sut.agents.parts import AgentLinks, AgentParts, AgentSettings, build_agent, build_parts
from sut.agents.pipeline import execute, part_unavailable
from sut.agents.plan import DEFAULT_PLAN
from sut.backend.job import Job
from sut.common.errors import PlatformError
from sut.common.identity import Identity
from sut.store.postgres import Database
from sut.store.usage import TenantUsage

_NOBODY = Identity(UUID(int=0), UUID(int=0), UUID(int=0), frozenset(), datetime.min.replace(tzinfo=UTC))


class Agents:
    """The agents of this process."""

    def __init__(self, settings: AgentSettings, links: AgentLinks, db: Database) -> None:
        self._settings = settings
        self._links = links
        self._db = db

    async def answer(self, job: Job, request: RunRequest, journal: RunJournal) -> Outcome:
        """Answer a question with agents that belong to this run alone.

        Args:
            job: The run.
            request: Its question.
            journal: Told everything that happens.

        Returns:
            The answer.

        Raises:
            RunFailed: There is none.
            PlatformError: A part cannot be built.
        """
        return await execute(request, journal, self._parts(job.story.identity))

    async def check(self) -> None:
        """See whether every agent can be built.

        Raises:
            PlatformError: ``AGENT_UNAVAILABLE``: one cannot.
        """
        parts = self._parts(_NOBODY)
        try:
            for name in DEFAULT_PLAN:
                build_agent(name, parts)
        except Exception as error:
            raise part_unavailable(error) from error

    async def check_llm(self) -> None:
        """See whether the LLM may be asked.

        Raises:
            PlatformError: ``LLM_UNAVAILABLE``: it failed so often that it is left alone for a while.
        """
        if self._links.breaker.state == "open":
            raise PlatformError("LLM_UNAVAILABLE", "The LLM failed several times in a row and is left alone.")

    def _parts(self, identity: Identity) -> AgentParts:
        try:
            return build_parts(self._settings, TenantUsage(self._db, identity), self._links)
        except Exception as error:
            raise part_unavailable(error) from error
