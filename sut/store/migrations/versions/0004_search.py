"""Search: the words of each message, and the way to the messages that hold them."""

from pathlib import Path

from alembic import op
from sqlalchemy import text
from sqlalchemy.util import await_only

from sut.store.search import entries

revision = "0004"
down_revision = "0003"

_OLD = "SELECT id, tenant_id, user_id, thread_id, role, content, created_at FROM messages"
_ADD = """
    INSERT INTO message_words (message_id, tenant_id, user_id, thread_id, role, created_at, words)
    VALUES (:id, :tenant_id, :user_id, :thread_id, :role, :created_at, cast(:words AS text[]))
"""


def upgrade() -> None:
    """Make table and function, and fill the table with what has been said so far."""
    connection = op.get_bind()
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - a bound migration has a connection
    await_only(driver.execute(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")))
    for message in connection.execute(text(_OLD)).mappings().all():
        words = entries(message["user_id"], message["content"])
        connection.execute(text(_ADD), {key: message[key] for key in message if key != "content"} | {"words": words})


def downgrade() -> None:
    """Remove both."""
    op.execute("DROP FUNCTION find_messages")
    op.drop_table("message_words")
