"""The data folder: whose it is, which version made it, and that one supervisor at a time uses it."""

import fcntl
import os
from pathlib import Path

from parvis.cli.stop import FAILED, IN_USE, NEWER_DATA, Stop

# Raised when an older Parvis could no longer use the folder (not the database: that has its migrations).
LAYOUT = 1


def prepare(path: Path) -> None:
    """Make the folder where there is none. Stop where it cannot be used or a newer Parvis made it."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o711)
    except OSError as error:
        raise Stop(FAILED, f"The data folder {path} cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise Stop(
            FAILED,
            f"The data folder {path} is not writable for this user. Start Parvis as the user who made it, "
            "or choose another folder with --data.",
        )
    version = path / "version"
    try:
        found = int(version.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        version.write_text(f"{LAYOUT}\n", encoding="ascii")
        return
    except ValueError as error:
        raise Stop(NEWER_DATA, f"{version} holds no number: is {path} a data folder of Parvis?") from error
    except PermissionError as error:
        raise Stop(FAILED, f"{version} cannot be read: {path} belongs to another user.") from error
    if found > LAYOUT:
        raise Stop(
            NEWER_DATA,
            f"The data folder {path} is of a newer Parvis (layout {found}; this one knows {LAYOUT}). "
            "Use that release, or choose another folder with --data.",
        )


def lock(path: Path) -> int:
    """Hold the folder until this process ends, however it ends. Returns the lock's descriptor."""
    handle = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        pid = os.read(handle, 20).decode(errors="replace").strip() or "unknown"
        os.close(handle)
        raise Stop(
            IN_USE, f"Parvis already serves the data folder {path} (process {pid}). Stop it, or choose another folder."
        ) from error
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    return handle
