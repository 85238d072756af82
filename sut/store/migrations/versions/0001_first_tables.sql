CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    email text NOT NULL UNIQUE CHECK (email = lower(email)),
    name text NOT NULL DEFAULT '',
    password_hash text,                                   -- NULL: signs in through a provider only
    permissions text[] NOT NULL DEFAULT '{chat,history}',
    preferences jsonb NOT NULL DEFAULT '{}',
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    device text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    access_expires_at timestamptz NOT NULL,               -- end of the newest access token's life
    revoked_at timestamptz,
    revoked_reason text
);
CREATE INDEX ON sessions (user_id);

CREATE TABLE refresh_tokens (
    id uuid PRIMARY KEY,                                  -- the token's jti
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    session_id uuid NOT NULL REFERENCES sessions (id),
    issued_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz                                   -- set once; a second use revokes the session
);
CREATE INDEX ON refresh_tokens (session_id);

CREATE TABLE audit_log (
    id uuid PRIMARY KEY,
    tenant_id uuid,
    user_id uuid,
    session_id uuid,
    action text NOT NULL,
    outcome text NOT NULL,
    trace_id text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON audit_log (user_id, created_at);

CREATE TABLE threads (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    title text NOT NULL DEFAULT '',
    archived boolean NOT NULL DEFAULT false,
    last_seq bigint NOT NULL DEFAULT 0,                   -- the only source of seq in this thread
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz
);
CREATE INDEX ON threads (user_id, id DESC);

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    thread_id uuid NOT NULL REFERENCES threads (id),
    seq bigint NOT NULL,                                  -- of the frame that told it: ack or terminal
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    client_message_id text,
    run_id uuid,
    reply_to uuid REFERENCES messages (id),
    result jsonb,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, client_message_id),
    UNIQUE (thread_id, seq)
);

CREATE TABLE runs (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    thread_id uuid NOT NULL REFERENCES threads (id),
    message_id uuid NOT NULL UNIQUE REFERENCES messages (id),
    request_id uuid NOT NULL UNIQUE,
    state text NOT NULL CHECK (state IN ('queued', 'running', 'completed', 'degraded', 'failed', 'stopped')),
    attempt int NOT NULL DEFAULT 0,
    plan text[] NOT NULL DEFAULT '{}',
    result jsonb,
    missing text[] NOT NULL DEFAULT '{}',
    error jsonb,
    instance text,                                        -- who works on it
    lease_until timestamptz,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX ON runs (user_id, id DESC);
CREATE INDEX ON runs (thread_id, id);
CREATE INDEX ON runs (lease_until) WHERE state IN ('queued', 'running');

CREATE TABLE run_steps (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    run_id uuid NOT NULL REFERENCES runs (id),
    step int NOT NULL,                                    -- 1.. in plan order
    attempt int NOT NULL,
    agent text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'running', 'done', 'failed', 'skipped')),
    result jsonb,
    error jsonb,
    trace_id text NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    UNIQUE (run_id, step)
);

CREATE TABLE run_events (
    id uuid PRIMARY KEY,                                  -- the frame's event_id
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    user_id uuid NOT NULL REFERENCES users (id),
    thread_id uuid NOT NULL REFERENCES threads (id),
    run_id uuid NOT NULL REFERENCES runs (id),
    request_id uuid NOT NULL,
    seq bigint NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    trace_id text NOT NULL,
    created_at timestamptz NOT NULL,                      -- the frame's timestamp
    UNIQUE (thread_id, seq)
);
CREATE INDEX ON run_events (run_id, seq);

CREATE TABLE usage_records (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    day date NOT NULL,
    provider text NOT NULL,
    model text NOT NULL,
    requests int NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cost_usd numeric(14, 6) NOT NULL,
    latency_ms int NOT NULL                               -- mean of the day's requests
);
CREATE INDEX ON usage_records (tenant_id, day);
