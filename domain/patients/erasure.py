"""
Erasing a person: the key of their record is destroyed, so that nothing sealed under it opens.
"""

from domain.shared.errors import NotFound


class RecordErased(NotFound):
    """The record's key was destroyed; what it held cannot be read by anybody again."""
