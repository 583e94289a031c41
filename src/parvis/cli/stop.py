"""Exit codes of `parvis`, and the exception that carries one."""

FAILED = 1
PORT_TAKEN = 3
NEWER_DATA = 4
IN_USE = 5


class Stop(Exception):
    """The command cannot go on: a sentence for the person at the terminal, and an exit code for scripts."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
