-- The two roles of a gsa store in PostgreSQL, with least privilege: gsa_owner owns the tables and upgrades them
-- (gsa store migrate); gsa_app is the role of the instances. gsa has a database of its own.
--
--   psql -d DATABASE -f fleet-role.sql      as the owner of the database, who may create roles
--   gsa store migrate                       as gsa_owner
--   psql -d DATABASE -f fleet-role.sql      again: the tables exist now, and get what is written below
--
-- Running it again does no harm. It sets no passwords: type \password gsa_owner and \password gsa_app in psql.
\set ON_ERROR_STOP on
BEGIN;

SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY['gsa_owner', 'gsa_app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- Only a member of gsa_owner, or a superuser, may create a schema for it.
SELECT 'GRANT gsa_owner TO CURRENT_USER' WHERE NOT pg_has_role('gsa_owner', 'MEMBER') \gexec

-- Without this, every role may connect and create temporary tables; before PostgreSQL 15, other tables, too.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO gsa_owner, gsa_app;

CREATE SCHEMA IF NOT EXISTS gsa AUTHORIZATION gsa_owner;
GRANT USAGE ON SCHEMA gsa TO gsa_app;

-- Tables that a later gsa store migrate creates are usable at once.
ALTER DEFAULT PRIVILEGES FOR ROLE gsa_owner IN SCHEMA gsa GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO gsa_app;

-- The statements for tables run only if these exist.
SELECT format('GRANT SELECT, INSERT, UPDATE, DELETE ON gsa.%I TO gsa_app', name)
FROM unnest(ARRAY['items', 'accounts', 'used_codes', 'locks']) AS name
WHERE to_regclass('gsa.' || name) IS NOT NULL \gexec

-- One row, with the version of the tables, which only gsa_owner may change.
SELECT statement FROM unnest(ARRAY[
  'REVOKE ALL ON gsa.store FROM gsa_app',
  'GRANT SELECT, UPDATE (key_id, default_issuer, default_client_id, default_sub, removed) ON gsa.store TO gsa_app'
]) AS statement
WHERE to_regclass('gsa.store') IS NOT NULL \gexec

COMMIT;
