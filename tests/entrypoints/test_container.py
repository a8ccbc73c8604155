"""
Which of several adapters the settings choose.
"""

from contextlib import closing

import pytest

from adapters.malware.clamd import ClamdScanner
from adapters.malware.embedded import EmbeddedScanner
from application.documents.ports import MalwareScanner
from entrypoints.config import Settings
from entrypoints.container import Container
from tests.entrypoints.test_config import REQUIRED


@pytest.mark.parametrize(
    ("given", "scanner"), [({}, EmbeddedScanner), ({"CLAMD_HOST": "clamav.test"}, ClamdScanner)]
)
def test_files_are_scanned_by_clamav_where_it_is_named(
    given: dict[str, str], scanner: type
) -> None:
    with closing(Container(Settings.from_environment(REQUIRED | given))) as container:
        assert isinstance(container.resolve(MalwareScanner), scanner)
