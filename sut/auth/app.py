"""Puts the auth service together."""

import asyncio
import contextlib

from redis.exceptions import RedisError

from sut.auth import registry
from sut.auth.lockout import Lockout
from sut.auth.passwords import PasswordHashes
from sut.auth.providers import Providers
from sut.auth.routes import accounts, admin, devices, oauth, services, sessions
from sut.auth.service import AuthService
from sut.auth.settings import AuthSettings
from sut.auth.validation import SessionAuthority
from sut.common.errors import PlatformError
from sut.common.health import Check, health_routes
from sut.common.metrics import metrics_route, pool_metric
from sut.common.server import Service
from sut.common.token_check import TokenCheck
from sut.common.token_keys import PrivateKey, SharedSecret, SigningKey
from sut.common.tokens import TokenIssuer, TokenVerifier
from sut.common.web import platform_app
from sut.store.postgres import Database
from sut.store.redis import Cache


async def build(settings: AuthSettings) -> Service:
    """Make the service; nothing is connected yet.

    Args:
        settings: How the service is started.

    Returns:
        The service, for `sut.common.server.serve`.
    """
    common = settings.service
    db = await Database.open(common.postgres_url, service="auth", isolation=common.db_isolation, system_only=True)
    cache = Cache.open(common.redis_url, common.redis_prefix)
    key: SigningKey = PrivateKey(settings.private_key) if settings.private_key else SharedSecret(common.jwt_secret)
    verifier = TokenVerifier(key)
    authority = SessionAuthority(verifier, db, cache)
    passwords = PasswordHashes(settings.password_cost)
    providers = Providers(settings.providers)
    parts = AuthService(
        db=db,
        cache=cache,
        issuer=TokenIssuer(key, access_ttl_s=settings.access_ttl_s, refresh_ttl_s=settings.refresh_ttl_s),
        verifier=verifier,
        passwords=passwords,
        authority=authority,
        token_check=TokenCheck(verifier, cache, authority.why_refused),
        lockout=Lockout(settings.lockout_failures, settings.lockout_window_s),
        providers=providers,
        public_url=settings.public_url,
        public_keys=key.public_set(),
        service_secret=common.service_secret,
    )
    checks = {
        "postgresql": Check(db.ping),
        "row_security": Check(db.check_row_security, required=False),
        "redis": Check(cache.ping, required=False),
    }
    app = platform_app(
        [
            *health_routes(checks, common.instance_token),
            metrics_route([pool_metric(db.pool_use)]),
            *accounts.ROUTES,
            *sessions.ROUTES,
            *devices.ROUTES,
            *services.ROUTES,
            *admin.ROUTES,
            *oauth.ROUTES,
        ],
        allowed_origins=common.allowed_origins,
    )
    app.state.service = parts
    announcing: list[asyncio.Task[None]] = []

    async def start() -> None:
        if not await db.schema_is_current():
            raise PlatformError("NOT_READY", "The database's schema is not current; run python -m sut.migrate.")
        with contextlib.suppress(RedisError):
            await registry.announce(cache, settings.advertised_url)
        announcing.append(asyncio.create_task(registry.keep_announcing(cache, settings.advertised_url)))

    async def close() -> None:
        for task in announcing:
            task.cancel()
        passwords.close()
        await providers.close()
        await cache.close()
        await db.close()

    return Service(app, start=start, close=close)
