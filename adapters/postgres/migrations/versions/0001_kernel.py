"""
Events, reactions, remembered requests, and the job engine's own tables.
"""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=True),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("sequence", name="uq_event_sequence"),
    )
    op.create_index("ix_event_consultation_id", "event", ["consultation_id", "sequence"])
    op.create_table(
        "reaction",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name="fk_reaction_event_id"),
        sa.PrimaryKeyConstraint("event_id", "name", name="pk_reaction"),
    )
    op.create_index(
        "ix_reaction_unfinished",
        "reaction",
        ["status", "created_at"],
        postgresql_where=sa.text("status <> 'done'"),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("actor", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"])
    # Without parameters, so that the driver sends the many statements as they are.
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema())


def downgrade() -> None:
    op.get_bind().connection.cursor().execute(
        """
        drop table if exists procrastinate_events, procrastinate_periodic_defers,
            procrastinate_jobs, procrastinate_workers cascade;
        do $$
        declare item record;
        begin
            for item in
                select p.oid::regprocedure as signature from pg_proc p
                join pg_namespace n on n.oid = p.pronamespace
                where n.nspname = current_schema() and p.proname like 'procrastinate%'
            loop execute format('drop function if exists %s cascade', item.signature); end loop;
            for item in
                select t.typname from pg_type t
                join pg_namespace n on n.oid = t.typnamespace
                where n.nspname = current_schema() and t.typname like 'procrastinate%'
                  and t.typtype in ('e', 'c')
            loop execute format('drop type if exists %I cascade', item.typname); end loop;
        end $$;
        """
    )
    op.drop_table("idempotency_key")
    op.drop_table("reaction")
    op.drop_table("event")
