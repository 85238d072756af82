"""What a run's agents are made of: settings, the links that all runs share, and the parts that each run gets anew."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import httpx

from sut.agents.agent import Agent
from sut.agents.breaker import LlmBreaker
from sut.agents.data import DataAgent
from sut.agents.interface import UsageReader
from sut.agents.llm import LlmClient
from sut.agents.optimization import OptimizationAgent
from sut.agents.report import ReportAgent
from sut.agents.toolbox import Tool, Toolbox
from sut.agents.tools import CostBreakdown, PriceCatalog, UsageQuery, savings_calculator
from sut.agents.triage import TriageAgent
from sut.common.errors import PlatformError
from sut.common.timing import utc_now

_CONNECTIONS = httpx.Limits(max_connections=500, max_keepalive_connections=100)


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """How the agents reach what is outside, and for how long they wait.

    Args:
        llm_url: Base address of an OpenAI-compatible API, with or without ``/v1``.
        llm_model: The model to ask.
        llm_api_key: Sent as Bearer when given.
        prices_url: Where `price_catalog` fetches prices; without it the stored ones count.
        first_token_s: Seconds until the LLM's first token, and between two tokens.
        tool_timeout_s: Seconds for one try of a tool.
        tool_retries: How often a tool that failed is tried again.
    """

    llm_url: str
    llm_model: str = "gpt-4o-mini"
    llm_api_key: str | None = field(default=None, repr=False)
    prices_url: str | None = None
    first_token_s: float = 10.0
    tool_timeout_s: float = 10.0
    tool_retries: int = 2


def shared_transport() -> httpx.AsyncBaseTransport:
    """Make what sends a process's HTTP requests: addresses come from the settings, a proxy of the machine is not asked.

    Returns:
        The transport.
    """
    return httpx.AsyncHTTPTransport(limits=_CONNECTIONS, trust_env=False)


class AgentLinks:
    """What all runs of a process share: one HTTP client, and the breaker that guards the LLM."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        # Addresses come from the settings alone: a proxy named in the environment is not asked.
        # The waiting times are kept by the callers, who know what they wait for.
        self.http = httpx.AsyncClient(transport=transport, limits=_CONNECTIONS, trust_env=False, timeout=None)  # noqa: S113
        self.breaker = LlmBreaker()

    async def close(self) -> None:
        """Close the connections."""
        await self.http.aclose()


@dataclass(frozen=True, slots=True)
class AgentParts:
    """The parts of one run.

    Args:
        usage: Reads the usage of the asking user's tenant, and of no other.
        llm: Asks the LLM.
        tools: Calls tools.
        today: Gives the current day (UTC).
    """

    usage: UsageReader
    llm: LlmClient
    tools: Toolbox
    today: Callable[[], date]


def build_parts(settings: AgentSettings, usage: UsageReader, links: AgentLinks) -> AgentParts:
    """Build the parts of one run.

    Args:
        settings: The process's settings.
        usage: The usage of the asking user's tenant.
        links: What the process's runs share.

    Returns:
        Parts that belong to this run alone.
    """
    return AgentParts(
        usage=usage,
        llm=LlmClient(
            links.http,
            links.breaker,
            url=settings.llm_url,
            model=settings.llm_model,
            api_key=settings.llm_api_key,
            first_token_s=settings.first_token_s,
        ),
        tools=Toolbox(build_tools(settings, usage, links), settings.tool_timeout_s, settings.tool_retries),
        today=lambda: utc_now().date(),
    )


def build_tools(settings: AgentSettings, usage: UsageReader, links: AgentLinks) -> Mapping[str, Tool]:
    """Build the tools of one run.

    Args:
        settings: The process's settings.
        usage: The usage of the asking user's tenant.
        links: What the process's runs share.

    Returns:
        Name -> tool, for each tool of the catalog.
    """
    return {
        "usage_query": UsageQuery(usage),
        "cost_breakdown": CostBreakdown(usage),
        "price_catalog": PriceCatalog(links.http, settings.prices_url),
        "savings_calculator": savings_calculator,
    }


def build_agent(name: str, parts: AgentParts) -> Agent:
    """Build an agent of a run.

    Args:
        name: A name of the catalog.
        parts: The parts of the run.

    Returns:
        The agent.

    Raises:
        PlatformError: ``AGENT_UNAVAILABLE``: there is no agent of this name.
    """
    match name:
        case "triage":
            return TriageAgent(parts.llm, parts.usage, parts.today)
        case "data":
            return DataAgent(parts.tools)
        case "optimization":
            return OptimizationAgent(parts.tools)
        case "report":
            return ReportAgent(parts.llm)
        case _:
            raise PlatformError("AGENT_UNAVAILABLE", f"There is no agent named {name[:64]!r}.")
