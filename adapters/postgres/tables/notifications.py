"""
Notifications: codes and identifiers only, no clinical content.
"""

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from adapters.postgres.tables.registry import metadata

SENT_TEXT = "channel = 'sms' and status = 'sent' and vendor_reference is not null"

notification = Table(
    "notification",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("user_id", Uuid, ForeignKey("app_user.id"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("cause", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("vendor_reference", Text),
    Column("failure", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("deliver_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Column("seen_at", DateTime(timezone=True)),
    UniqueConstraint("cause", "template", "user_id", "channel"),
    Index("ix_notification_user_id", "user_id", "channel", "id"),
    Index("ix_notification_due", "deliver_at", postgresql_where=text("status = 'pending'")),
    Index("ix_notification_vendor_reference", "vendor_reference"),
    Index("ix_notification_sent_text", "sent_at", postgresql_where=text(SENT_TEXT)),
    Index(
        "ix_notification_not_delivered",
        "id",
        postgresql_where=text("status in ('failed', 'undelivered')"),
    ),
)
