"""
Bring a fresh checkout to where its own tools can run, with nothing but Python 3.11 and make.

    python3 bootstrap.py             .venv holds exactly what uv.lock says
    python3 bootstrap.py chromium    the same, and print the browser that the tests drive

Only the standard library is used. Doing it again when nothing changed takes no time, and needs no
network.
"""

from __future__ import annotations

import configparser
import contextlib
import fcntl
import hashlib
import html
import io
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".bootstrap"
TOOLS = ROOT / ".tools"

OLDEST_PYTHON = (3, 11)
NEWEST_KNOWN_PYTHON = (3, 14)
PYPI = "https://pypi.org/simple"

UV_VERSION = "0.13.9"
UV_WHEELS = {
    ("linux", "x86_64", "glibc"): (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "d7f459fe4fd247d830351c75686d3996ace3c6f3f728eb0e85a30b7ada0cef19",
    ),
    ("linux", "x86_64", "musl"): (
        "musllinux_1_1_x86_64",
        "2c45530751517d6c3bbc69a19473f6effe47cce047bede01ffd8af7ea7b36b25",
    ),
    ("linux", "aarch64", "glibc"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("linux", "aarch64", "musl"): (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "5435c5ce14a56431208ca0996416d310f1598e8c2c8ba707688985a16bb82dbe",
    ),
    ("darwin", "x86_64", ""): (
        "macosx_10_12_x86_64",
        "c16ed11e013557536b3e60065f1b912f6407bd6518e041b961e23ef9e6b4fbf5",
    ),
    ("darwin", "arm64", ""): (
        "macosx_11_0_arm64",
        "66c512266d633bef48384a1f53003f41f2a8e7b36fe6e7fbfd3e0fd52d96fa63",
    ),
}
"""The wheel that carries uv for each platform, and its sha256 on the package index."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class BootstrapError(Exception):
    """
    The checkout cannot be prepared; the message says what the person can do.
    """


def main() -> int:
    arguments = sys.argv[1:]
    try:
        require_python()
        with only_one_at_a_time():
            prepare()
            if arguments == ["chromium"]:
                print(chromium())
    except BootstrapError as error:
        print(f"\nmake: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"\nmake: {error.cmd[0]} failed (exit {error.returncode})", file=sys.stderr)
        return 1
    return 0


def require_python() -> None:
    """
    Go on under a Python that is new enough, looking for one when `python3` is not.
    """
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(NEWEST_KNOWN_PYTHON[1], OLDEST_PYTHON[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            os.execv(found, [found, __file__, *sys.argv[1:]])  # noqa: S606 - the same program
    message = f"Python 3.11 or newer is needed; python3 is {platform.python_version()}"
    raise BootstrapError(message)


@contextlib.contextmanager
def only_one_at_a_time():  # type: ignore[no-untyped-def] # noqa: ANN201 - runs before typing can help
    """
    Let a second `make` in the same checkout wait for the first.
    """
    with Path(__file__).open("rb") as itself:
        fcntl.flock(itself, fcntl.LOCK_EX)
        yield


def prepare() -> None:
    """
    Make .venv hold what uv.lock says, unless its stamp shows that it already does.
    """
    wanted = stamp()
    found = STAMP.read_text() if STAMP.exists() else ""
    if found == wanted and python_runs():
        return
    say("Preparing .venv (the first time takes a minute or two)")
    uv = find_uv()
    if not reusable(found, wanted):
        run([uv, "venv", "--clear", "--no-project", "--python", sys.executable, VENV])
    index = index_url()
    if index == PYPI:
        run([uv, "sync", "--frozen"])
    else:
        sync_from(index, uv)
    STAMP.write_text(wanted)


def stamp() -> str:
    """
    Describe what .venv depends on: this place, this Python, and what is to be installed.
    """
    import tomllib  # noqa: PLC0415 - absent from the Pythons that require_python turns away

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    tools = project.get("tool", {})
    # Settings of linters and tests stand in the same file and install nothing.
    installs = [
        project["project"],
        project.get("dependency-groups"),
        project.get("build-system"),
        tools.get("uv"),
        tools.get("setuptools"),
    ]
    digest = hashlib.sha256((ROOT / "uv.lock").read_bytes() + repr(installs).encode()).hexdigest()
    return f"{ROOT}\n{platform.python_version()}\n{digest}\n"


def reusable(found: str, wanted: str) -> bool:
    """
    Say whether .venv can be brought up to date in place, rather than made anew.
    """
    if not python_runs():
        return False
    # Scripts name their interpreter by its whole path: a moved checkout has to start afresh.
    return not found or found.splitlines()[:2] == wanted.splitlines()[:2]


def python_runs() -> bool:
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def find_uv() -> str:
    """
    Give the pinned uv, fetching it with pip if there is one and by hand if there is not.
    """
    home = TOOLS / f"uv-{UV_VERSION}"
    uv = home / "bin" / "uv"
    if uv.exists():
        return str(uv)
    TOOLS.mkdir(exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix="uv-", dir=TOOLS))
    if not fetch_uv_with_pip(unfinished):
        say(f"No pip here: fetching uv {UV_VERSION} from {shown(index_url())}")
        fetch_uv_wheel(unfinished)
    shutil.rmtree(home, ignore_errors=True)
    unfinished.rename(home)
    return str(uv)


def fetch_uv_with_pip(target: Path) -> bool:
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode != 0:
        return False
    install = ["install", "-qq", "--disable-pip-version-check", "--no-deps", "--target"]
    # Nothing is installed for the whole machine, so pip's warning to root does not apply.
    quiet = os.environ | {"PIP_ROOT_USER_ACTION": "ignore"}
    command = [*pip, *install, str(target), f"uv=={UV_VERSION}"]
    fetched = subprocess.run(command, check=False, env=quiet, stdout=sys.stderr)
    return fetched.returncode == 0 and (target / "bin" / "uv").exists()


def fetch_uv_wheel(target: Path) -> None:
    """
    Take uv out of its wheel, after comparing the wheel with the sha256 pinned above.
    """
    tag, sha256 = UV_WHEELS.get(this_platform(), ("", ""))
    if not tag:
        message = f"no uv is known for {this_platform()}: install pip for python3 and try again"
        raise BootstrapError(message)
    name = f"uv-{UV_VERSION}-py3-none-{tag}.whl"
    page_url = f"{index_url().rstrip('/')}/uv/"
    page = download(page_url).decode()
    for link in re.findall(r'href="([^"]+)"', page):
        address = html.unescape(link).partition("#")[0]
        if urllib.parse.unquote(address).endswith(name):
            wheel = download(urllib.parse.urljoin(page_url, address))
            break
    else:
        message = f"{shown(page_url)} does not offer {name}"
        raise BootstrapError(message)
    if hashlib.sha256(wheel).hexdigest() != sha256:
        message = f"{name} is not the file that was pinned: its sha256 differs"
        raise BootstrapError(message)
    program = target / "bin" / "uv"
    program.parent.mkdir()
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        program.write_bytes(archive.read(f"uv-{UV_VERSION}.data/scripts/uv"))
    program.chmod(0o755)


def download(url: str) -> bytes:
    context = ssl.create_default_context(cafile=certificates())
    request = urllib.request.Request(url, headers={"Accept": "text/html, */*"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=120, context=context) as answer:  # noqa: S310
            return bytes(answer.read())
    except OSError as error:
        message = f"{shown(url)} cannot be reached: {error}"
        raise BootstrapError(message) from error


def sync_from(index: str, uv: str) -> None:
    """
    Install the locked versions from another index, which offers them under its own addresses.
    """
    locked = TOOLS / "requirements.txt"
    export: list[str | Path] = ["export", "--frozen", "--no-emit-project", "--output-file", locked]
    run([uv, *export])
    source: list[str | Path] = ["--python", VENV, "--default-index", index]
    run([uv, "pip", "sync", *source, "--require-hashes", locked])
    run([uv, "pip", "install", *source, "--no-deps", "--editable", "."])


def index_url() -> str:
    """
    Give the package index this machine is set up for, by environment or by pip's files.
    """
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    for file in pip_files():
        settings = configparser.RawConfigParser()
        with contextlib.suppress(configparser.Error, UnicodeDecodeError):
            settings.read(file)
            for section in ("install", "global"):
                if settings.has_option(section, "index-url"):
                    return settings.get(section, "index-url").strip().rstrip("/")
    return PYPI


def pip_files() -> list[Path]:
    home = Path(os.environ.get("HOME", "/nonexistent"))
    configured = os.environ.get("PIP_CONFIG_FILE")
    return [
        *([Path(configured)] if configured else []),
        Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
        Path("/etc/pip.conf"),
    ]


def certificates() -> str | None:
    for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE"):
        file = os.environ.get(name)
        if file and Path(file).is_file():
            return file
    return None


def this_platform() -> tuple[str, str, str]:
    system = platform.system().lower()
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    if system == "linux":
        glibc = "glibc" in platform.libc_ver()[0] or not list(Path("/lib").glob("ld-musl-*"))
        return system, machine, "glibc" if glibc else "musl"
    return system, machine, ""


def chromium() -> str:
    """
    Give a Chromium for the browser tests, installing Debian's where that is possible.
    """
    wanted = os.environ.get("CHROMIUM")
    if wanted:
        if shutil.which(wanted):
            return wanted
        message = f"CHROMIUM names {wanted}, which is not a program"
        raise BootstrapError(message)
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        message = (
            "the browser tests need Chromium, and there is none: install the package `chromium`"
            " (on Debian: sudo apt-get install chromium), or name one with CHROMIUM=/path"
        )
        raise BootstrapError(message)
    say("Installing Chromium for the browser tests")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "-qq", "--no-install-recommends", "chromium"]
    for command in (["apt-get", "update", "-qq"], install):
        subprocess.run(command, check=True, env=quiet, stdout=sys.stderr)
    return chromium()


def run(command: list[str | Path]) -> None:
    surroundings = {
        name: value
        for name, value in os.environ.items()
        # Another environment that happens to be active is none of ours.
        if name not in {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME"}
    }
    surroundings["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    surroundings["UV_PYTHON_DOWNLOADS"] = "never"
    trusted = certificates()
    if trusted:
        surroundings["SSL_CERT_FILE"] = trusted
    elif ssl.get_default_verify_paths().cafile:
        # The machine may trust its own proxy, which the certificates inside uv do not know.
        surroundings["UV_SYSTEM_CERTS"] = "1"
    if not home_is_usable():
        surroundings["UV_CACHE_DIR"] = str(TOOLS / "cache")
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    subprocess.run([*command, *quiet], check=True, cwd=ROOT, env=surroundings, stdout=sys.stderr)


def home_is_usable() -> bool:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/")) / ".cache")
    while not cache.exists():
        cache = cache.parent
    return os.access(cache, os.W_OK) and cache != Path("/")


def shown(url: str) -> str:
    """
    Give a URL as it may be printed: an index's address can carry a password.
    """
    parts = urllib.parse.urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
