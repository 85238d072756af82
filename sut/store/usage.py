"""A tenant's usage of language models, summed by SQL."""

from datetime import date

from sut.agents.interface import UsageFilter, UsageRow
from sut.common.identity import Identity
from sut.store.postgres import Connection, Database

_BY_MODEL = """
    SELECT provider, model,
           sum(requests) AS requests,
           sum(input_tokens)::bigint AS input_tokens,
           sum(output_tokens)::bigint AS output_tokens,
           sum(cost_usd) AS cost_usd,
           coalesce(sum(latency_ms::bigint * requests)::float8 / nullif(sum(requests), 0), 0) AS latency_ms
      FROM usage_records
     WHERE tenant_id = $1 AND day BETWEEN $2 AND $3
       AND ($4::text IS NULL OR provider = $4)
       AND ($5::text IS NULL OR model = $5)
     GROUP BY provider, model
     ORDER BY sum(cost_usd) DESC, model
"""


class TenantUsage:
    """Reads the usage of one tenant; implements `sut.agents.interface.UsageReader`.

    The statements name the tenant although row-level security does as well: each of the two walls holds alone.

    Args:
        db: The database.
        identity: Who asks; their tenant's rows are read.
    """

    def __init__(self, db: Database, identity: Identity) -> None:
        self._db = db
        self._identity = identity

    async def usage_by_model(self, wanted: UsageFilter) -> list[UsageRow]:
        """Sum the usage records per model.

        Args:
            wanted: Which records count.

        Returns:
            One row a provider and model, most expensive first; the latency is the mean over all requests.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """

        async def read(conn: Connection) -> list[UsageRow]:
            rows = await conn.fetch(
                _BY_MODEL, self._identity.tenant_id, wanted.first_day, wanted.last_day, wanted.provider, wanted.model
            )
            return [UsageRow(**row) for row in rows]

        return await self._db.run(self._identity, read)

    async def newest_day(self) -> date | None:
        """Give the day of the tenant's newest usage record.

        Returns:
            The day; ``None`` without any record.

        Raises:
            PlatformError: ``SERVICE_UNAVAILABLE``.
        """

        async def read(conn: Connection) -> date | None:
            newest: date | None = await conn.fetchval(
                "SELECT max(day) FROM usage_records WHERE tenant_id = $1", self._identity.tenant_id
            )
            return newest

        return await self._db.run(self._identity, read)
