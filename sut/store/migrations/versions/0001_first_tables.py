"""The first tables; the SQL stands beside this file."""

from pathlib import Path

from alembic import op
from sqlalchemy.util import await_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # straight to the driver: it takes a script of many statements, inside the migration's transaction
    driver = op.get_bind().connection.driver_connection
    assert driver is not None  # noqa: S101 - a bound migration has a connection
    await_only(driver.execute(sql))


def downgrade() -> None:
    """Refuse: there is nothing before the first tables but an empty database."""
    raise NotImplementedError("Drop the database instead.")
