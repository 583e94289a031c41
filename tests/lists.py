"""Word lists written in tests."""

import tempfile
from pathlib import Path

from parvis.moderation.signals.entries import Entry
from parvis.moderation.signals.load import Lists, load_lists

HEAD = 'language = "en"\ncategory = "slur"\n'


def lists(*files: str) -> Lists:
    """The lists that are in these files, in this order, one folder each."""
    with tempfile.TemporaryDirectory() as folder:
        folders = [Path(folder) / str(number) for number in range(len(files))]
        for path, text in zip(folders, files, strict=True):
            path.mkdir()
            (path / "list.toml").write_text(text, encoding="utf-8")
        return load_lists(folders)


def made(body: str, head: str = HEAD) -> Entry:
    """One entry, named `made`."""
    [entry] = lists(f'{head}\n[[entry]]\nid = "made"\n{body}').sure()
    return entry
