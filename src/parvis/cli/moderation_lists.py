"""Check the word lists and the lists of links, the package's and your own: every mistake, and every example that fails."""

import argparse
import os

from parvis.cli.stop import FAILED, Stop
from parvis.moderation.signals.domains import load_domains
from parvis.moderation.signals.examples import check_examples
from parvis.moderation.signals.load import Fault, folders_of, load_lists
from parvis.settings import load_settings


def arguments(parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace) -> int:
    """Print each fault with its file and entry; Stop where there is one."""
    folders = folders_of(load_settings(os.environ).data_dir)
    lists, links = load_lists(folders), load_domains(folders)
    files = {entry.id: entry.file for entry in lists.entries}
    broken = [*lists.faults, *links.faults]
    untrue = [Fault(files[id], id, reason) for id, reason in check_examples(lists.entries)]
    for fault in (*broken, *untrue):
        print(fault)
    if broken:
        raise Stop(FAILED, f"Mistakes: {len(broken)}. Parvis does not start with these lists.")
    if untrue:
        raise Stop(
            FAILED, f"Examples that are not as their entry says: {len(untrue)}. Mend the pattern or the example."
        )
    own = sum(not entry.file.startswith(str(folders[0])) for entry in lists.entries)
    examples = sum(len(entry.matches) + len(entry.spares) for entry in lists.entries)
    print(
        f"OK: {len(lists.entries)} entries ({own} of your own), {examples} examples; "
        f"{len(links.domains)} domains and {len(links.links)} links."
    )
    return 0
