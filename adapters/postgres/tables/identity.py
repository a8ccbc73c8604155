"""
People and programs that sign in, their sessions, and what guards the door.

E-mail addresses and names are sealed by the platform's cipher; an address is found by its
blind index. Tokens and client secrets are stored as hashes only.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.postgres.tables.registry import metadata

app_user = Table(
    "app_user",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("email", LargeBinary, nullable=False),
    Column("email_index", LargeBinary, nullable=False, unique=True),
    Column("name", LargeBinary, nullable=False),
    Column("password_hash", Text),
    Column("roles", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("patient_id", Uuid, unique=True),
    Column("physician_id", Uuid, unique=True),
    Column("locale", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("totp_secret", LargeBinary),
    Column("totp_confirmed_at", DateTime(timezone=True)),
    Column("totp_last_step", BigInteger),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("email_bounced_at", DateTime(timezone=True)),
)

machine_client = Table(
    "machine_client",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("created_by", Uuid),
    Column("revoked_at", DateTime(timezone=True)),
)

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("user_id", Uuid, ForeignKey("app_user.id")),
    Column("machine_client_id", Uuid, ForeignKey("machine_client.id")),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("device", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("idle_expires_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("stepped_up_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint("num_nonnulls(user_id, machine_client_id) = 1", name="one_holder"),
    Index("ix_session_user_id", "user_id", "id"),
    Index("ix_session_machine_client_id", "machine_client_id"),
    Index("ix_session_expires_at", "expires_at"),
)

sign_in_guard = Table(
    "sign_in_guard",
    metadata,
    Column("email_index", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_attempt_at", DateTime(timezone=True), nullable=False),
    Column("locked_until", DateTime(timezone=True)),
    Index("ix_sign_in_guard_last_attempt_at", "last_attempt_at"),
)

one_time_token = Table(
    "one_time_token",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Index("ix_one_time_token_user_id", "user_id", "purpose"),
)
