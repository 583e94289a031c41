"""A child process ends when its supervisor does, also when that was killed."""

import ctypes
import os
import signal
import sys
import threading
import time


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Have this process get a signal when its parent ends. It keeps nothing that is not in the database."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, how)  # PR_SET_PDEATHSIG
        return

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), how)

    threading.Thread(target=watch, daemon=True).start()
