"""Keywords that do what no platform may: they write one user's marker where another's things are stored."""

from uuid import UUID, uuid4

from redis import Redis
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.handles import User
from goldenpath.world import world


@keyword
def plant_a_row(owner: User, reader: User) -> None:
    sql = (
        "INSERT INTO audit_log (id, user_id, action, outcome, trace_id, details)"
        " VALUES ($1, $2, 'login', 'ok', repeat('a', 32), $3)"
    )
    runtime.run(world().postgres.execute(sql, uuid4(), UUID(reader.user_id), {"note": owner.canary}))


@keyword
def plant_a_key(owner: User, reader: User) -> None:
    platform = world().platform
    with Redis.from_url(platform.redis_url) as redis:
        redis.set(f"{platform.redis_prefix}note:{reader.user_id}", owner.canary, ex=60)
