"""Which ended runs nobody has been told of yet: committed with the end, so that no instance's death can lose it."""

from alembic import op

revision = "0005"
down_revision = "0004"

_STATEMENTS = (
    # until then the notice is an instance's task; NULL: there is nothing to tell
    "ALTER TABLE runs ADD COLUMN notice_lease_until timestamptz",
    "CREATE INDEX runs_untold ON runs (notice_lease_until) WHERE notice_lease_until IS NOT NULL",
)


def upgrade() -> None:
    """Add the column."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove the column, and the index with it."""
    op.drop_column("runs", "notice_lease_until")
