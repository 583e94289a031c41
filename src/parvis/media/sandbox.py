"""Shuts the worker in: no network, no new programs, no opening of files, no writing to files, bounded memory and time.

Works without privileges (no_new_privs and a seccomp filter); as root also drops to `nobody` and an empty network namespace.
Called when all that is needed is loaded. What the kernel refuses is returned, so that it can be logged and shown by a check.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_PR_SET_PDEATHSIG = 1
_SECCOMP_MODE_FILTER = 2
_CLONE_NEWNET = 0x40000000
_NOBODY = 65534

_ALLOW = 0x7FFF0000
_ERRNO_EPERM = 0x00050001
_ERRNO_ENOSYS = 0x00050026
_CLONE_THREAD = 0x00010000
_CLONE3 = 435
_KILL = 0x80000000

# From the kernel's syscall tables (arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h).
# Architecture, clone, and what is denied.
_SYSTEMS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        (
            2, 257, 437, 85, 304,  # open, openat, openat2, creat, open_by_handle_at
            41, 42, 43, 49, 50, 53, 288,  # socket, connect, accept, bind, listen, socketpair, accept4
            44, 46, 307,  # sendto, sendmsg, sendmmsg
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            62, 200, 234, 101, 310, 311,  # kill, tkill, tgkill, ptrace, process_vm_readv, process_vm_writev
            82, 83, 84, 86, 87, 88, 90, 92, 264, 316, 263,  # rename, mkdir, rmdir, link, unlink, symlink, chmod, chown, …
            165, 166, 155, 161, 272, 308, 321, 250, 425, 434, 438,  # mount … chroot, unshare, setns, bpf, keyctl, io_uring
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (
            56, 437, 265,
            198, 199, 203, 200, 201, 202, 242, 206, 211, 269,
            221, 281, 129, 130, 131, 117, 270, 271,
            33, 34, 35, 36, 37, 38, 276, 52, 53, 54,
            39, 40, 41, 51, 97, 268, 280, 219, 425, 434, 438,
        ),
    ),
}  # fmt: skip


def close_in(*, memory_mb: int, cpu_s: int) -> list[str]:
    """Shut this process in; returns what could not be done."""
    failed: list[str] = []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.geteuid() == 0:
        if libc.unshare(_CLONE_NEWNET) != 0:
            failed.append("network namespace")
        with contextlib.suppress(OSError):
            os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = memory_mb * 1024 * 1024
    for limit, value in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (value, value))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or not _filter(libc):
        failed.append("system call filter")
    return failed


def _filter(libc: ctypes.CDLL) -> bool:
    """Install the filter: our architecture only, the listed calls answer EPERM, all others go through."""
    system = _SYSTEMS.get(platform.machine())
    if system is None:
        return False
    arch, clone, denied = system
    code = [
        struct.pack("HBBI", 0x20, 0, 0, 4),  # load the architecture
        struct.pack("HBBI", 0x15, 1, 0, arch),
        struct.pack("HBBI", 0x06, 0, 0, _KILL),
        struct.pack("HBBI", 0x20, 0, 0, 0),  # load the number
        # x32 calls share the architecture and have bit 30 set: none of them is ours.
        struct.pack("HBBI", 0x35, 0, 1, 0x40000000),
        struct.pack("HBBI", 0x06, 0, 0, _KILL),
    ]
    # A thread may be made, a process not; the newer call hides its flags, so it does not exist and the older is tried.
    code += [
        struct.pack("HBBI", 0x15, 0, 1, _CLONE3),
        struct.pack("HBBI", 0x06, 0, 0, _ERRNO_ENOSYS),
        struct.pack("HBBI", 0x15, 0, 4, clone),
        struct.pack("HBBI", 0x20, 0, 0, 16),  # load the low half of its flags
        struct.pack("HBBI", 0x45, 0, 1, _CLONE_THREAD),
        struct.pack("HBBI", 0x06, 0, 0, _ALLOW),
        struct.pack("HBBI", 0x06, 0, 0, _ERRNO_EPERM),
    ]
    for number in denied:
        code.append(struct.pack("HBBI", 0x15, 0, 1, number))
        code.append(struct.pack("HBBI", 0x06, 0, 0, _ERRNO_EPERM))
    code.append(struct.pack("HBBI", 0x06, 0, 0, _ALLOW))
    program = ctypes.create_string_buffer(b"".join(code))
    header = struct.pack("HxxxxxxP", len(code), ctypes.addressof(program))
    return libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header), 0, 0) == 0
