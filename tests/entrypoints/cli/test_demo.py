"""
The story's platform: real processes of its own, and nothing left of them.
"""

import os
import subprocess
import sys
from pathlib import Path

from entrypoints.cli.demo import own_environment
from entrypoints.cli.places import PROJECT

STORY = """
import os, sys, urllib.request
from entrypoints.cli.database import is_empty
from entrypoints.config import Settings

settings = Settings.from_environment()
for url in (settings.public_api_url + "/readyz", settings.stripe_url[:-7] + "/_sandbox/health"):
    with urllib.request.urlopen(url) as answer:
        print(answer.status)
print("empty" if is_empty(settings.database_url) else "full", settings.clearing_days)
print("state", settings.data_dir)
sys.exit(7)
"""
PROGRAM = """
import os, sys
from entrypoints.cli.console import Progress
from entrypoints.cli.demo import run_demo

sys.exit(run_demo(os.environ, Progress(), story=(sys.executable, "-c", sys.argv[1])))
"""


def test_a_story_has_a_platform_that_is_gone_afterwards(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM, STORY],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(tmp_path), "DATABASE_URL": "postgresql://mine"},
        capture_output=True,
        text=True,
        check=False,
    )

    said = finished.stdout.splitlines()
    assert finished.returncode == 7, finished.stdout + finished.stderr
    assert said[said.index("200") :][:3] == ["200", "200", "empty 0"]
    assert said[-1].startswith(f"state {tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_the_persons_own_platform_reaches_the_story() -> None:
    told = own_environment(
        {
            "DATABASE_URL": "postgresql://mine",
            "REDIS_URL": "redis://mine",
            "STRIPE_API_KEY": "sk_live_mine",
            "SCRIPTED_DATA": "/mine",
            "SCRIPTED_API_PORT": "8701",
            "SANDBOX_AUTOPILOT": "off",
            "PATH": "/bin",
        }
    )

    assert told["PATH"] == "/bin"
    assert told["SCRIPTED_API_PORT"] != "8701"
    assert not [name for name, value in told.items() if "mine" in value]
    assert "SANDBOX_AUTOPILOT" not in told
