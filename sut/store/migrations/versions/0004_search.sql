CREATE TABLE message_words (
    message_id uuid PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    thread_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    words text[] COLLATE "C" NOT NULL                     -- each with a mark of its user in front
);
CREATE INDEX ON message_words (user_id, message_id DESC);
-- without a list of pending entries, which each search would have to read through
CREATE INDEX ON message_words USING gin (words) WITH (fastupdate = off);

-- Below row-level security an index serves only comparisons that PostgreSQL knows to leak nothing, and "holds these
-- words" is not one of them. So this looks into the index with the rights of gp_system, for the user of the transaction
-- and nobody else, and tells ids alone: the messages themselves are read under the policies.
CREATE FUNCTION find_messages(
    wanted text[], in_thread uuid, by_role text, since timestamptz, until timestamptz, before uuid, most int
) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_indexscan = off                                -- the words decide, never a walk through all of a user's messages
SET enable_seqscan = off
AS $$
BEGIN
    -- planned for these very words
    RETURN QUERY EXECUTE
        'SELECT w.message_id FROM message_words w JOIN threads t ON t.id = w.thread_id AND t.deleted_at IS NULL'
        ' WHERE w.words @> $1 AND w.user_id = nullif(current_setting(''app.user_id'', true), '''')::uuid'
        ' AND ($2 IS NULL OR w.thread_id = $2) AND ($3 IS NULL OR w.role = $3)'
        ' AND ($4 IS NULL OR w.created_at >= $4) AND ($5 IS NULL OR w.created_at < $5)'
        ' AND ($6 IS NULL OR w.message_id < $6) ORDER BY w.message_id DESC LIMIT $7'
        USING wanted, in_thread, by_role, since, until, before, most;
END
$$;
