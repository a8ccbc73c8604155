"""
Users, programs, sessions, and the audit trail.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_APPEND_ONLY = """
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is append-only' using errcode = 'restrict_violation';
end $$;
create function audit_head_only_advances() returns trigger language plpgsql as $$
begin
    if new.chain <> old.chain or new.sequence <= old.sequence then
        raise exception 'an audit chain only grows' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger append_only before update or delete or truncate on audit_entry
    for each statement execute function audit_is_append_only();
create trigger append_only before update or delete or truncate on audit_root
    for each statement execute function audit_is_append_only();
create trigger never_removed before delete or truncate on audit_chain
    for each statement execute function audit_is_append_only();
create trigger only_advances before update on audit_chain
    for each row execute function audit_head_only_advances();
insert into audit_chain (chain, sequence, hash)
    select chain, 0, decode(repeat('00', 32), 'hex') from generate_series(0, 15) as chain;
"""


def upgrade() -> None:
    _create_app_user()
    _create_machine_client()
    _create_session()
    _create_sign_in_guard()
    _create_one_time_token()
    _create_audit_chain()
    _create_audit_entry()
    _create_audit_root()
    op.get_bind().connection.cursor().execute(_APPEND_ONLY)


def downgrade() -> None:
    op.drop_table("audit_root")
    op.drop_table("audit_entry")
    op.drop_table("audit_chain")
    op.drop_table("one_time_token")
    op.drop_table("sign_in_guard")
    op.drop_table("session")
    op.drop_table("machine_client")
    op.drop_table("app_user")
    op.execute("drop function audit_is_append_only, audit_head_only_advances")


def _create_app_user() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("physician_id", sa.Uuid(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_app_user"),
        sa.UniqueConstraint("email_index", name="uq_app_user_email_index"),
        sa.UniqueConstraint("patient_id", name="uq_app_user_patient_id"),
        sa.UniqueConstraint("physician_id", name="uq_app_user_physician_id"),
    )


def _create_machine_client() -> None:
    op.create_table(
        "machine_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_machine_client"),
    )


def _create_session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("machine_client_id", sa.Uuid(), nullable=True),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idle_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stepped_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(user_id, machine_client_id) = 1", name="ck_session_one_holder"
        ),
        sa.ForeignKeyConstraint(
            ["machine_client_id"], ["machine_client.id"], name="fk_session_machine_client_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_session_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("token_hash", name="uq_session_token_hash"),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"], unique=False)
    op.create_index("ix_session_machine_client_id", "session", ["machine_client_id"], unique=False)
    op.create_index("ix_session_user_id", "session", ["user_id", "id"], unique=False)


def _create_sign_in_guard() -> None:
    op.create_table(
        "sign_in_guard",
        sa.Column("email_index", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("email_index", name="pk_sign_in_guard"),
    )
    op.create_index(
        "ix_sign_in_guard_last_attempt_at", "sign_in_guard", ["last_attempt_at"], unique=False
    )


def _create_one_time_token() -> None:
    op.create_table(
        "one_time_token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_one_time_token_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_one_time_token"),
    )
    op.create_index(
        "ix_one_time_token_user_id", "one_time_token", ["user_id", "purpose"], unique=False
    )


def _create_audit_chain() -> None:
    op.create_table(
        "audit_chain",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name="pk_audit_chain"),
    )


def _create_audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("chain", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_label", sa.Text(), nullable=False),
        sa.Column("actor_roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "sequence", name="pk_audit_entry"),
        sa.UniqueConstraint("id", name="uq_audit_entry_id"),
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id", "id"], unique=False)
    op.create_index("ix_audit_entry_patient_id", "audit_entry", ["patient_id", "id"], unique=False)
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "id"], unique=False)


def _create_audit_root() -> None:
    op.create_table(
        "audit_root",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_root"),
    )
