"""
The wrapped keys of patients, a batch to a transaction.
"""

from sqlalchemy import Engine

from adapters.security.encryption import MasterKeys, rewrap_patient_keys


class PostgresPatientKeys:
    """Wraps keys again while the platform runs: rows that are in use wait for the next round."""

    def __init__(self, engine: Engine, master_keys: MasterKeys) -> None:
        self._engine = engine
        self._master_keys = master_keys

    def rewrap(self, *, limit: int) -> int:
        with self._engine.begin() as connection:
            return rewrap_patient_keys(connection, self._master_keys, limit=limit)
