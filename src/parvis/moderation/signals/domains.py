"""Lists of domains and links from folders of TOML files: `category`, `domains`, `links`."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from parvis.moderation.signals.hosts import canonical_host, canonical_link
from parvis.moderation.signals.load import SHIPPED, Fault, ListError

_LARGEST = 64_000_000  # bytes of one file
_CATEGORY = re.compile(r"[a-z][a-z_]{0,31}")


class Domains(NamedTuple):
    """Categories by domain and by exact link, both in their canonical spelling, and what was refused."""

    domains: dict[str, tuple[str, ...]]
    links: dict[str, tuple[str, ...]]
    faults: tuple[Fault, ...]

    def sure(self) -> "Domains":
        """Itself, if nothing was refused. Raises ListError, which names everything that was."""
        if self.faults:
            raise ListError("\n".join(str(fault) for fault in self.faults))
        return self

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories that something is listed under, in order."""
        return tuple(
            sorted({one for listed in (self.domains, self.links) for names in listed.values() for one in names})
        )

    def of(self, host: str, address: str) -> tuple[str, ...]:
        """The categories of a link: its own, its host's, and those of the domains above it."""
        found = set(self.links.get(address, ()))
        at = host
        while at:
            found.update(self.domains.get(at, ()))
            at = at.partition(".")[2]
        return tuple(sorted(found))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list as it is written."""

    category: str
    domains: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    why: str = ""


def load_domains(folders: Sequence[Path] = (SHIPPED,)) -> Domains:
    """The lists in the `domains` folder of each of these folders."""
    domains: dict[str, tuple[str, ...]] = {}
    links: dict[str, tuple[str, ...]] = {}
    faults: list[Fault] = []
    for path in [path for folder in folders for path in sorted((folder / "domains").glob("*.toml"))]:
        try:
            if path.stat().st_size > _LARGEST:
                raise ValueError(f"it is larger than {_LARGEST} bytes")
            file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
            if not _CATEGORY.fullmatch(file.category):
                raise ValueError(f"category {file.category} is not made of small letters")
        except (OSError, ValueError, RecursionError) as error:
            faults.append(Fault(str(path), "", str(error)))
            continue
        for written in file.domains:
            host = canonical_host(written)
            if host is None or "." not in host:
                faults.append(Fault(str(path), written, "it is no domain with a dot in it"))
            else:
                domains[host] = _with(domains.get(host, ()), file.category)
        for written in file.links:
            link = canonical_link(written)
            if link is None or "/" not in link:
                faults.append(
                    Fault(str(path), written, "it is no link with a path; a whole domain goes under `domains`")
                )
            else:
                links[link] = _with(links.get(link, ()), file.category)
    return Domains(domains, links, tuple(faults))


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)
