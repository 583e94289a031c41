"""Running PostgreSQL as root: it refuses to, so it gets a user of its own, who must reach its files."""

import contextlib
import grp
import os
import pwd
import shutil
import stat
import struct
import subprocess
from pathlib import Path

from parvis.kernel.errors import ParvisError

USER = "parvis-pg"

_ACL = "system.posix_acl_access"
_VERSION = struct.pack("<I", 2)
_ENTRY = struct.Struct("<HHI")
_USER_OBJ, _USER_TAG, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID = 0xFFFFFFFF


class PassageError(ParvisError):
    """PostgreSQL's user cannot reach a folder"""


def server_user() -> pwd.struct_passwd | None:
    """Who runs PostgreSQL: ourselves (None), or the unprivileged user that root makes for it."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(USER)
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", USER]
    with contextlib.suppress(OSError):
        subprocess.run(command, capture_output=True, check=False)
    for name in (USER, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PassageError("PostgreSQL does not run as root, and there is no other user: start Parvis as an ordinary user.")


def open_way(user: pwd.struct_passwd, target: Path) -> None:
    """Let `user`, and nobody else, pass through the closed folders above `target`, such as the home of root."""
    for folder in reversed(target.resolve().parents):
        if not _may_pass(user, folder):
            _grant(user, folder)


def _may_pass(user: pwd.struct_passwd, folder: Path) -> bool:
    found = folder.stat()
    if found.st_mode & stat.S_IXOTH:
        return True
    if found.st_uid == user.pw_uid:
        return bool(found.st_mode & stat.S_IXUSR)
    groups = {user.pw_gid} | {group.gr_gid for group in grp.getgrall() if user.pw_name in group.gr_mem}
    if found.st_gid in groups and found.st_mode & stat.S_IXGRP:
        return True
    return any(tag == _USER_TAG and who == user.pw_uid and bits & 1 for tag, bits, who in _read_acl(folder))


def _read_acl(folder: Path) -> list[tuple[int, int, int]]:
    """The entries with what they really allow: a later `chmod go=` leaves them in place and closes the mask over them."""
    try:
        raw = os.getxattr(folder, _ACL)
    except (OSError, AttributeError):
        return []
    entries = list(_ENTRY.iter_unpack(raw[len(_VERSION) :]))
    mask = next((bits for tag, bits, _ in entries if tag == _MASK), 7)
    owners = (_USER_OBJ, _OTHER)
    return [(tag, bits if tag in owners else bits & mask, who) for tag, bits, who in entries if tag != _MASK]


def _grant(user: pwd.struct_passwd, folder: Path) -> None:
    mode = folder.stat().st_mode
    entries = _read_acl(folder) or [
        (_USER_OBJ, mode >> 6 & 7, _NO_ID),
        (_GROUP_OBJ, mode >> 3 & 7, _NO_ID),
        (_OTHER, mode & 7, _NO_ID),
    ]
    entries = [entry for entry in entries if (entry[0], entry[2]) != (_USER_TAG, user.pw_uid)]
    entries.append((_USER_TAG, 1, user.pw_uid))
    mask = 0
    for tag, bits, _ in entries:
        if tag not in (_USER_OBJ, _OTHER):
            mask |= bits
    entries.append((_MASK, mask, _NO_ID))
    raw = _VERSION + b"".join(_ENTRY.pack(*entry) for entry in sorted(entries, key=lambda entry: (entry[0], entry[2])))
    try:
        os.setxattr(folder, _ACL, raw)
    except (OSError, AttributeError) as error:
        raise PassageError(
            f"PostgreSQL does not run as root, and its user {user.pw_name} cannot pass through {folder}. "
            "Choose a data folder elsewhere (--data /var/lib/parvis), or start Parvis as an ordinary user."
        ) from error
