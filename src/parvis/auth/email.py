"""Mail addresses: what is one, and when two are the same."""

import re

_LOCAL = re.compile(r"[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")

# Providers that ignore dots in the local part.
_DOTLESS = ("gmail.com", "googlemail.com")


def email_fault(address: str, blocked: tuple[str, ...]) -> tuple[str, str] | None:
    """What is wrong with an address, as the API's word and a reason; None where nothing is. Quoted local parts and `%`
    routes, which mail servers read in several ways, are refused."""
    if not address:
        return "ERR_BLANK", "can't be blank"
    local, at, domain = address.rpartition("@")
    if len(address) > 320 or not at or len(local) > 64 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return "ERR_INVALID", "is not a valid e-mail address"
    host = domain.lower()
    if any(host == name or host.endswith("." + name) for name in blocked):
        return "ERR_BLOCKED", "is at a provider that is not allowed here"
    return None


def email_key(address: str) -> str:
    """One form for all spellings of a mailbox: lower case, without +tags, without dots where they mean nothing."""
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.split("+", 1)[0]
    if domain in _DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
