-- Who may see what. Run after the migrations, in their transaction, each time: every statement may be done again.
--
--   the owner   migrates; does not see a row of the tables below unless it is a superuser
--   gp_app      what the backend does for a user: that user's rows, none without a user
--   gp_system   what is done for nobody in particular (signing in, taking runs over, leases): all rows, by a policy
--
-- gp.role_suffix is added to both names, because roles belong to the whole server and not to one database.
-- An account that may neither make roles nor find them made gets a database without row-level security.
DO $$
DECLARE
    app_role text := 'gp_app' || current_setting('gp.role_suffix');
    system_role text := 'gp_system' || current_setting('gp.role_suffix');
    wanted text;
    account pg_roles%ROWTYPE;
    may_become boolean;
    guarded text;
    mine text := 'user_id = (SELECT nullif(current_setting(''app.user_id'', true), '''')::uuid)';
    ours text := 'tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)';
    visible text;
BEGIN
    SELECT * INTO account FROM pg_roles WHERE rolname = current_user;
    FOREACH wanted IN ARRAY ARRAY[app_role, system_role] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            IF NOT (account.rolsuper OR account.rolcreaterole) THEN
                RETURN;
            END IF;
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- another migration of this server was faster
            END;
        END IF;
        IF current_setting('server_version_num')::int >= 160000 THEN
            may_become := pg_has_role(current_user, wanted, 'SET');
        ELSE
            may_become := pg_has_role(current_user, wanted, 'MEMBER');
        END IF;
        IF NOT may_become AND NOT account.rolcreaterole THEN
            RETURN;
        ELSIF NOT may_become AND current_setting('server_version_num')::int >= 160000 THEN
            -- only by SET ROLE: the account itself does not see what the role sees
            EXECUTE format('GRANT %I TO CURRENT_USER WITH INHERIT FALSE, SET TRUE', wanted);
        ELSIF NOT may_become THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        END IF;
    END LOOP;

    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I, %I', app_role, system_role);
    GRANT SELECT ON alembic_version TO PUBLIC;
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %I', system_role);
    EXECUTE format('REVOKE ALL ON alembic_version FROM %I', system_role);
    -- a request reads accounts without what proves them, and writes to the audit log without reading it
    EXECUTE format('GRANT SELECT (id, tenant_id, email, name, permissions, active, created_at)'
                   ' ON users TO %I', app_role);
    EXECUTE format('GRANT SELECT ON sessions, usage_records TO %I', app_role);
    EXECUTE format('GRANT INSERT ON audit_log TO %I', app_role);

    FOREACH guarded IN ARRAY ARRAY[
        'threads', 'messages', 'message_words', 'runs', 'run_steps', 'run_events', 'usage_records'
    ] LOOP
        visible := CASE guarded WHEN 'usage_records' THEN ours ELSE ours || ' AND ' || mine END;
        IF guarded <> 'usage_records' THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO %I', guarded, app_role);
        END IF;
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', guarded);
        EXECUTE format('DROP POLICY IF EXISTS own_rows ON %I', guarded);
        EXECUTE format('DROP POLICY IF EXISTS every_row ON %I', guarded);
        EXECUTE format('CREATE POLICY own_rows ON %I TO %I USING (%s)', guarded, app_role, visible);
        EXECUTE format('CREATE POLICY every_row ON %I TO %I USING (true)', guarded, system_role);
    END LOOP;

    -- finds in the index for a user what that user's own role may not look up there, see 0004_search.sql
    IF (SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'find_messages') <> system_role THEN
        REVOKE EXECUTE ON FUNCTION find_messages FROM PUBLIC;
        EXECUTE format('GRANT EXECUTE ON FUNCTION find_messages TO %I', app_role);
        EXECUTE format('GRANT CREATE ON SCHEMA public TO %I', system_role);
        EXECUTE format('ALTER FUNCTION find_messages OWNER TO %I', system_role);
        EXECUTE format('REVOKE CREATE ON SCHEMA public FROM %I', system_role);
    END IF;
END
$$;
