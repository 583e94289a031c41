"""Shuts the worker in: no network, no new programs, no files, no other process, bounded memory and time.

Works without privileges. The kernel lets through only the calls that computing needs (a seccomp filter on every thread: the
picture library decodes on threads of its own); what is not on the list answers EPERM. As root the worker also becomes
`nobody`. What the kernel refuses is returned, so that it can be logged and shown by a check.
"""

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
from typing import NamedTuple

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_THREAD = 0x00010000
_PROT_EXEC = 4
_NOBODY = 65534

_ALLOW = 0x7FFF0000
_ERRNO_EPERM = 0x00050001
_ERRNO_ENOSYS = 0x00050026
_KILL = 0x80000000


class _System(NamedTuple):
    """The numbers of one architecture, from the kernel's headers (asm/unistd_64.h, asm-generic/unistd.h)."""

    arch: int
    seccomp: int
    clone: int
    memory: tuple[int, int]  # mmap, mprotect
    allowed: tuple[int, ...]


_CLONE3 = 435  # the same everywhere

# The allowed, in this order on both: read, write, readv, writev, pread64, lseek, close, fstat, fcntl; munmap, brk, mremap,
# madvise, mincore; rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack; futex, set_robust_list, get_robust_list,
# set_tid_address, rseq, membarrier, sched_yield, sched_getaffinity, gettid, getpid; clock_gettime, clock_getres,
# clock_nanosleep, nanosleep, gettimeofday, times, getrusage, sysinfo; ppoll, pselect6, getrandom, restart_syscall, exit,
# exit_group; and poll, which the newer architecture does not have.
_SYSTEMS = {
    "x86_64": _System(
        0xC000003E, 317, 56, (9, 10),
        (
            0, 1, 19, 20, 17, 8, 3, 5, 72, 11, 12, 25, 28, 27, 13, 14, 15, 131,
            202, 273, 274, 218, 334, 324, 24, 204, 186, 39, 228, 229, 230, 35, 96, 100, 98, 99,
            271, 270, 318, 219, 60, 231, 7,
        ),
    ),
    "aarch64": _System(
        0xC00000B7, 277, 220, (222, 226),
        (
            63, 64, 65, 66, 67, 62, 57, 80, 25, 215, 214, 216, 233, 232, 134, 135, 139, 132,
            98, 99, 100, 96, 293, 283, 124, 123, 178, 172, 113, 114, 115, 101, 169, 153, 165, 179,
            73, 72, 278, 128, 93, 94,
        ),
    ),
}  # fmt: skip


def leave_network() -> None:
    """Move to an empty network, where the kernel lets us. To be called first, while there is one thread: a thread that
    runs already would stay behind. No socket can be made later anyway, so a refusal is no fault."""
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = _CLONE_NEWNET | _CLONE_NEWIPC
    if libc.unshare(spaces) != 0:
        libc.unshare(spaces | _CLONE_NEWUSER)


def close_in(*, memory_mb: int, cpu_s: int) -> list[str]:
    """Shut this process in, all its threads included; returns what could not be done. To be called when everything that
    is needed is loaded: after it no file can be opened."""
    failed: list[str] = []
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # as root of a user namespace there are no groups to leave
            os.setgroups([])
        try:
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
        except OSError:
            failed.append("leaving root")
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which would undo it
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = memory_mb * 1024 * 1024
    for limit, value in (
        (resource.RLIMIT_AS, size),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),  # also where there is no filter: no file, no socket
    ):
        resource.setrlimit(limit, (value, value))
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or not _filter(libc):
        failed.append("system call filter")
    return failed


def _filter(libc: ctypes.CDLL) -> bool:
    """Install the filter on every thread of this process."""
    system = _SYSTEMS.get(platform.machine())
    if system is None:
        return False
    code = _program(system)
    program = ctypes.create_string_buffer(b"".join(code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(program)))
    call = (ctypes.c_long(system.seccomp), ctypes.c_long(_SECCOMP_SET_MODE_FILTER))
    return libc.syscall(*call, ctypes.c_long(_SECCOMP_FILTER_FLAG_TSYNC), header) == 0


def _program(system: _System) -> list[bytes]:
    """The filter in the kernel's packet language."""
    code = [
        _load(4),  # the architecture: another one's numbers mean other calls
        struct.pack("HBBI", 0x15, 1, 0, system.arch),
        _answer(_KILL),
        _load(0),  # the number (x32 calls have bit 30 set, so none is on the list)
    ]
    # The newer call hides its flags from us: it does not exist, and the older one is tried.
    code += [_skip_unless_equal(_CLONE3, 1), _answer(_ERRNO_ENOSYS)]
    # A thread may be made, a process not; no memory may become a program.
    code += _by_bits(system.clone, 0, _CLONE_THREAD, _ALLOW, _ERRNO_EPERM)
    for number in system.memory:
        code += _by_bits(number, 2, _PROT_EXEC, _ERRNO_EPERM, _ALLOW)
    for number in system.allowed:
        code += [_skip_unless_equal(number, 1), _answer(_ALLOW)]
    code.append(_answer(_ERRNO_EPERM))
    return code


def _load(offset: int) -> bytes:
    return struct.pack("HBBI", 0x20, 0, 0, offset)


def _answer(value: int) -> bytes:
    return struct.pack("HBBI", 0x06, 0, 0, value)


def _skip_unless_equal(value: int, over: int) -> bytes:
    return struct.pack("HBBI", 0x15, 0, over, value)


def _by_bits(number: int, argument: int, bits: int, when_set: int, when_clear: int) -> list[bytes]:
    """For one call: one answer where any of the bits of an argument (its low half) is set, another where none is."""
    return [
        _skip_unless_equal(number, 4),
        _load(16 + 8 * argument),
        struct.pack("HBBI", 0x45, 0, 1, bits),
        _answer(when_set),
        _answer(when_clear),
    ]
