"""Sealing small secrets for the database with the server's key (AES-256-GCM), and making random keys."""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Sealer:
    """Seals and opens text. `context` binds a sealed text to its place: it opens nowhere else."""

    def __init__(self, key: str) -> None:
        self._cipher = AESGCM(sha256(f"seal:{key}".encode()).digest())

    def seal(self, text: str, context: str) -> str:
        """Sealed text, URL-safe."""
        nonce = secrets.token_bytes(12)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), context.encode())).decode()

    def open(self, sealed: str, context: str) -> str | None:
        """What was sealed; None where it was sealed with another key or for another place."""
        try:
            raw = urlsafe_b64decode(sealed)
            return self._cipher.decrypt(raw[:12], raw[12:], context.encode()).decode()
        except (InvalidTag, ValueError):
            return None


def new_key() -> str:
    """A random key of 256 bits: tokens, codes, sessions."""
    return secrets.token_urlsafe(32)
