"""
How a fresh checkout is prepared, without the network: the package index is a local server.
"""

import hashlib
import http.server
import io
import shutil
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import bootstrap

WHEEL_TAG = "manylinux_2_17_x86_64.manylinux2014_x86_64"
WHEEL_NAME = f"uv-{bootstrap.UV_VERSION}-py3-none-{WHEEL_TAG}.whl"


def a_wheel() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(f"uv-{bootstrap.UV_VERSION}.data/scripts/uv", "#!/bin/sh\necho uv\n")
    return content.getvalue()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("pyproject.toml", "uv.lock"):
        shutil.copy(bootstrap.ROOT / name, tmp_path / name)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / ".bootstrap")
    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path / ".tools")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return tmp_path


@pytest.fixture
def index(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    class Index(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f'<a href="../../files/{WHEEL_NAME}#sha256=0">{WHEEL_NAME}</a>'
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.encode() if self.path == "/simple/uv/" else a_wheel())

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(bootstrap, "this_platform", lambda: ("linux", "x86_64", "glibc"))
    yield f"http://127.0.0.1:{server.server_port}/simple"
    server.shutdown()
    thread.join()
    server.server_close()


class TestStamp:
    def test_a_setting_of_the_linter_installs_nothing(self, checkout: Path) -> None:
        before = bootstrap.stamp()
        project = checkout / "pyproject.toml"
        project.write_text(project.read_text().replace("line-length = 100", "line-length = 90"))

        assert bootstrap.stamp() == before

    @pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock"])
    def test_a_new_dependency_does(self, checkout: Path, name: str) -> None:
        before = bootstrap.stamp()
        file = checkout / name
        file.write_text(file.read_text().replace("attrs", "attrz"))

        assert bootstrap.stamp() != before

    def test_a_moved_checkout_starts_afresh(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap, "python_runs", lambda: True)
        here = bootstrap.stamp()
        moved = here.replace(str(checkout), "/elsewhere")

        assert bootstrap.reusable(here, here)
        assert not bootstrap.reusable(moved, here)

    def test_nothing_is_done_when_nothing_changed(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap, "python_runs", lambda: True)
        (checkout / ".venv").mkdir()
        (checkout / ".venv/.bootstrap").write_text(bootstrap.stamp())

        bootstrap.prepare()

        assert not (checkout / ".tools").exists()


class TestUv:
    def test_it_is_taken_from_its_wheel_where_there_is_no_pip(
        self, checkout: Path, index: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap, "fetch_uv_with_pip", lambda target: False)
        sha256 = hashlib.sha256(a_wheel()).hexdigest()
        monkeypatch.setattr(
            bootstrap, "UV_WHEELS", {("linux", "x86_64", "glibc"): (WHEEL_TAG, sha256)}
        )

        uv = Path(bootstrap.find_uv())

        assert uv.read_text().startswith("#!/bin/sh")
        assert uv.stat().st_mode & 0o111
        assert Path(bootstrap.find_uv()) == uv

    def test_a_wheel_that_was_changed_is_refused(
        self, checkout: Path, index: str, tmp_path: Path
    ) -> None:
        with pytest.raises(bootstrap.BootstrapError, match="sha256 differs"):
            bootstrap.fetch_uv_wheel(tmp_path)

    def test_a_platform_without_a_wheel_is_told(
        self, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bootstrap, "this_platform", lambda: ("plan9", "vax", ""))

        with pytest.raises(bootstrap.BootstrapError, match="install pip"):
            bootstrap.fetch_uv_wheel(tmp_path)


class TestIndex:
    def test_the_environment_counts_more_than_pips_file(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (checkout / ".pip").mkdir()
        (checkout / ".pip/pip.conf").write_text("[global]\nindex-url = https://mirror/simple/\n")
        from_file = bootstrap.index_url()
        monkeypatch.setenv("PIP_INDEX_URL", "https://other/simple/")

        assert from_file == "https://mirror/simple"
        assert bootstrap.index_url() == "https://other/simple"

    def test_a_password_in_its_address_is_not_shown(self) -> None:
        assert bootstrap.shown("https://me:secret@mirror/simple") == "https://mirror/simple"


class TestChromium:
    def test_the_one_that_is_named_is_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHROMIUM", "/bin/sh")

        assert bootstrap.chromium() == "/bin/sh"

    def test_a_name_that_is_no_program_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CHROMIUM", "/no/such/browser")

        with pytest.raises(bootstrap.BootstrapError, match="/no/such/browser"):
            bootstrap.chromium()

    def test_without_one_an_ordinary_user_is_told_what_to_install(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.delenv("CHROMIUM", raising=False)
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr("os.geteuid", lambda: 1000)

        with pytest.raises(bootstrap.BootstrapError, match="install the package `chromium`"):
            bootstrap.chromium()
