"""Puts the backend together: which part is made of which."""

from dataclasses import dataclass

from starlette.applications import Starlette

from sut.agents.parts import AgentLinks, AgentSettings
from sut.backend.agents import Agents
from sut.backend.auth_client import AuthClient
from sut.backend.delivery import Delivery
from sut.backend.expiry import SessionClock
from sut.backend.handlers import Handlers
from sut.backend.hub import Hub
from sut.backend.intake import Intake
from sut.backend.mirror import Mirror
from sut.backend.presence import Presence
from sut.backend.replay import Replay
from sut.backend.revocations import Revocations
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.backend.settings import BackendSettings
from sut.backend.stopping import Stopping
from sut.common.token_check import TokenCheck
from sut.common.tokens import TokenVerifier
from sut.store.postgres import Database
from sut.store.redis import Cache

# An entry that nobody refreshes is gone after this many heartbeats.
PRESENCE_HEARTBEATS = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that routes and sockets work with."""

    settings: BackendSettings
    db: Database
    cache: Cache
    links: AgentLinks
    auth: AuthClient
    token_check: TokenCheck
    agents: Agents
    hub: Hub
    mirror: Mirror
    scheduler: Scheduler
    intake: Intake
    stopping: Stopping
    handlers: Handlers
    presence: Presence
    clock: SessionClock
    revocations: Revocations


def assemble(settings: BackendSettings, db: Database, cache: Cache) -> Parts:
    """Make the parts.

    Args:
        settings: The process's settings.
        db: PostgreSQL.
        cache: Redis.

    Returns:
        Parts that fit each other.
    """
    links = AgentLinks()
    agent_settings = AgentSettings(
        llm_url=settings.llm_url,
        llm_model=settings.llm_model,
        llm_api_key=settings.llm_api_key,
        prices_url=settings.prices_url,
    )
    auth = AuthClient(links.http, cache, settings.service.service_secret)
    agents = Agents(agent_settings, links, db)
    hub, mirror = Hub(), Mirror(cache)
    delivery = Delivery(db, hub, mirror)
    runner = Runner(db, delivery, mirror, agents.answer, settings.run_timeout_s)
    scheduler = Scheduler(runner.work, runner.stopped)
    intake = Intake(db, delivery, scheduler, instance=settings.instance, lease_s=settings.run_lease_s)
    stopping = Stopping(db, scheduler, runner)
    return Parts(
        settings=settings,
        db=db,
        cache=cache,
        links=links,
        auth=auth,
        token_check=TokenCheck(TokenVerifier(settings.service.jwt_secret), cache, auth.validate),
        agents=agents,
        hub=hub,
        mirror=mirror,
        scheduler=scheduler,
        intake=intake,
        stopping=stopping,
        handlers=Handlers(intake, stopping, Replay(db)),
        presence=Presence(cache, settings.instance, PRESENCE_HEARTBEATS * settings.heartbeat_s),
        clock=SessionClock(db),
        revocations=Revocations(cache, db, hub),
    )


def parts_of(app: Starlette) -> Parts:
    """Find the parts from within a route.

    Args:
        app: The application.

    Returns:
        Its parts.
    """
    parts: Parts = app.state.parts
    return parts
