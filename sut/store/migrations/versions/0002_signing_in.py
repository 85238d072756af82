"""What signing in remembers: failed logins, logins that are away at a provider, and whom a provider knows."""

from alembic import op

revision = "0002"
down_revision = "0001"

_STATEMENTS = (
    # by address, whether somebody has it or not: a lockout does not tell who exists
    """CREATE TABLE login_failures (
        id uuid PRIMARY KEY,
        email text NOT NULL,
        failed_at timestamptz NOT NULL DEFAULT now()
    )""",
    "CREATE INDEX ON login_failures (email, failed_at)",
    "CREATE INDEX ON login_failures (failed_at)",
    # a login that was sent to a provider and has not come back; used once, by deleting it
    """CREATE TABLE oauth_logins (
        state_digest bytea PRIMARY KEY,
        provider text NOT NULL,
        code_verifier text NOT NULL,
        nonce text NOT NULL,
        expires_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ON oauth_logins (expires_at)",
    # a provider's user keeps the account, whatever address the provider tells later
    """CREATE TABLE user_identities (
        issuer text NOT NULL,
        subject text NOT NULL,
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (issuer, subject)
    )""",
    "CREATE INDEX ON user_identities (user_id)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables."""
    for table in ("user_identities", "oauth_logins", "login_failures"):
        op.drop_table(table)
