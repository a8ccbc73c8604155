"""
All tables, a module per context, on one metadata.
"""

from importlib import import_module
from pkgutil import iter_modules

from adapters.postgres.tables.registry import metadata

__all__ = ["metadata"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
