"""Puts the backend together: which part is made of which."""

from collections import Counter
from dataclasses import dataclass, field

from starlette.applications import Starlette

from sut.agents.parts import AgentLinks, AgentSettings, shared_transport
from sut.backend.agents import Agents
from sut.backend.auth_client import AuthClient
from sut.backend.delivery import Delivery, Saw
from sut.backend.expiry import SessionClock
from sut.backend.feed import Feed
from sut.backend.handlers import Handlers
from sut.backend.hub import Hub
from sut.backend.intake import Intake
from sut.backend.listening import Listening
from sut.backend.mirror import Mirror
from sut.backend.notify import Notifier, Webhook
from sut.backend.presence import Presence
from sut.backend.rates import AskingRate, UpgradeRate
from sut.backend.replay import Replay
from sut.backend.resolver import ResolvingTransport
from sut.backend.revocations import Revocations
from sut.backend.runner import Runner
from sut.backend.scheduler import Scheduler
from sut.backend.settings import BackendSettings
from sut.backend.stopping import Stopping
from sut.backend.takeover import Takeover
from sut.backend.thread_lock import ThreadLocks
from sut.common.token_check import TokenCheck
from sut.common.token_keys import PublicKeys
from sut.common.tokens import TokenVerifier
from sut.store.analytics import Analytics
from sut.store.postgres import Database
from sut.store.redis import Cache
from sut.store.run_events import Event

# An entry that nobody renews is not believed after this many heartbeats: a dead instance's slots are free within two.
PRESENCE_HEARTBEATS = 1.8


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
    feed: Feed
    listening: Listening
    mirror: Mirror
    scheduler: Scheduler
    takeover: Takeover
    intake: Intake
    stopping: Stopping
    handlers: Handlers
    presence: Presence
    asking: AskingRate
    upgrades: UpgradeRate
    clock: SessionClock
    revocations: Revocations
    notifier: Notifier
    analytics: Analytics
    frames_sent: Counter[str] = field(default_factory=Counter)


def assemble(settings: BackendSettings, db: Database, cache: Cache) -> Parts:
    """Make the parts.

    Args:
        settings: The process's settings.
        db: PostgreSQL.
        cache: Redis.

    Returns:
        Parts that fit each other.
    """
    links = AgentLinks(ResolvingTransport(settings.resolve, shared_transport()))
    agent_settings = AgentSettings(
        llm_url=settings.llm_url,
        llm_model=settings.llm_model,
        llm_api_key=settings.llm_api_key,
        prices_url=settings.prices_url,
    )
    common = settings.service
    keys = PublicKeys() if common.jwt_algorithm == "RS256" else None
    auth = AuthClient(links.http, cache, common.service_secret, keys, address=settings.auth_url)
    agents = Agents(agent_settings, links, db)
    hub, mirror = Hub(), Mirror(cache, settings.instance)
    feed, revocations = Feed(db, hub), Revocations(db, hub)
    presence = Presence(cache, settings.instance, PRESENCE_HEARTBEATS * settings.heartbeat_s, settings.sockets_per_user)
    asking = AskingRate(cache, settings.rate_burst, settings.rate_per_s)
    webhook = Webhook(links.http, settings.notify_url) if settings.notify_url else None
    notifier = Notifier(db, webhook, hub, presence, run_lease_s=settings.run_lease_s)
    analytics = Analytics(db, links.http, settings.clickhouse_url)
    delivery = Delivery(db, hub, feed, mirror, storing=notifier.storing, saw=_each(notifier.saw, analytics.saw))
    runner = Runner(db, delivery, mirror, agents.answer, settings.run_timeout_s)
    scheduler = Scheduler(runner.work, runner.stopped)
    locks = ThreadLocks(cache, mirror, settings.instance, settings.run_lease_s)
    takeover = Takeover(db, scheduler, locks, instance=settings.instance, run_lease_s=settings.run_lease_s)
    intake = Intake(db, delivery, scheduler, takeover, instance=settings.instance)
    stopping = Stopping(db, scheduler, runner, takeover, mirror, instance=settings.instance)
    return Parts(
        settings=settings,
        db=db,
        cache=cache,
        links=links,
        auth=auth,
        token_check=TokenCheck(TokenVerifier(keys or common.jwt_secret), cache, auth.validate, auth.learn_key),
        agents=agents,
        hub=hub,
        feed=feed,
        listening=Listening(cache, feed, scheduler, revocations, instance=settings.instance),
        mirror=mirror,
        scheduler=scheduler,
        takeover=takeover,
        intake=intake,
        stopping=stopping,
        handlers=Handlers(intake, stopping, Replay(db), asking),
        presence=presence,
        asking=asking,
        upgrades=UpgradeRate(cache, settings.upgrades_per_minute),
        clock=SessionClock(db),
        revocations=revocations,
        notifier=notifier,
        analytics=analytics,
    )


def _each(*watchers: Saw) -> Saw:
    """Make one watcher of stored frames out of several."""

    def saw(event: Event) -> None:
        for watcher in watchers:
            watcher(event)

    return saw


def parts_of(app: Starlette) -> Parts:
    """Find the parts from within a route.

    Args:
        app: The application.

    Returns:
        Its parts.
    """
    parts: Parts = app.state.parts
    return parts
