"""
The pool of connections to PostgreSQL.
"""

from sqlalchemy import Engine, create_engine


def build_engine(url: str, *, pool_size: int = 10) -> Engine:
    """
    Make an engine for `postgresql+psycopg://…`; a plain `postgresql://` is understood too.
    """
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        # Parameters may be PHI: they must not end up in an error's text.
        hide_parameters=True,
        connect_args={"options": "-c timezone=UTC -c lock_timeout=10000", "connect_timeout": 10},
    )
