"""How seldom a process that serves or scans looks for garbage."""

import gc

_COLLECT = (50_000, 20, 50)


def collect_seldom() -> None:
    """What is loaded by now is never looked through again, and the rest seldom. What a request or a scanned post makes it
    drops by itself: collecting would cost a scan an eighth of its time, and give readers the pauses that thousands of
    streams make long."""
    gc.freeze()
    gc.set_threshold(*_COLLECT)
