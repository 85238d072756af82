"""What several instances need of runs: one line a user, one run at work a thread, and a fence against who was late."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    # rises whenever an instance takes a run of the thread; a run's own copy says which taking counts
    "ALTER TABLE threads ADD COLUMN fence bigint NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN fence bigint NOT NULL DEFAULT 0",
    # the seq of the ack: the order of a thread's runs
    "ALTER TABLE runs ADD COLUMN ack_seq bigint",
    "UPDATE runs SET ack_seq = m.seq FROM messages m WHERE m.id = runs.message_id",
    "ALTER TABLE runs ALTER COLUMN ack_seq SET NOT NULL",
    # who took the question in; `instance` is who works on it, and NULL while it waits
    "ALTER TABLE runs ADD COLUMN taken_in_by text",
    "UPDATE runs SET taken_in_by = instance",
    "UPDATE runs SET instance = NULL, lease_until = NULL WHERE state = 'queued'",
    """CREATE UNIQUE INDEX runs_one_at_work_a_thread ON runs (thread_id)
        WHERE state IN ('queued', 'running') AND instance IS NOT NULL""",
    "CREATE INDEX runs_open_of_a_user ON runs (user_id) WHERE state IN ('queued', 'running')",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove the columns, and the indexes with them."""
    op.drop_index("runs_open_of_a_user", "runs")
    op.drop_index("runs_one_at_work_a_thread", "runs")
    op.drop_column("runs", "taken_in_by")
    op.drop_column("runs", "ack_seq")
    op.drop_column("runs", "fence")
    op.drop_column("threads", "fence")
