"""Static files: read once, addressed by the hash of their content, so that a browser may keep them for ever."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

import msgspec

_IMPORT = re.compile(r'@import url\("(?P<file>[\w./-]+)"\)(?: layer\((?P<layer>[\w-]+)\))?;\n?')
_ADDRESS = re.compile(r'url\("\.\./(?P<file>[\w./-]+)"\)')
_COMMENT = re.compile(r"/\*.*?\*/\n*", re.DOTALL)
_SQUEEZED = (".css", ".js", ".svg", ".webmanifest", ".txt")
_TYPES = {
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


class Asset(msgspec.Struct, frozen=True):
    """One file as it is served."""

    body: bytes
    squeezed: bytes | None
    """The body in gzip, where that pays."""
    content_type: str
    version: str
    """Start of the SHA-256 of the body: the `v` of its address and its ETag."""


class Assets:
    """All files under `static/`, by their path there."""

    def __init__(self, files: dict[str, Asset], base: str) -> None:
        self._files = files
        self._base = base

    def get(self, path: str) -> Asset | None:
        """The file, or None: nothing outside the folder can be named, since only what was read is here."""
        return self._files.get(path)

    def url(self, path: str) -> str:
        """Address with the version. A name that does not exist is a fault of the template: KeyError."""
        return f"{self._base}/{path}?v={self._files[path].version}"


def load_assets(static_dir: Path, base: str = "/static") -> Assets:
    """Read the folder. `css/index.css` becomes one file: its imports are put in, in their layers."""
    files: dict[str, Asset] = {}
    sources = sorted(path for path in static_dir.rglob("*") if path.is_file())
    styles = [path for path in sources if path.suffix == ".css"]
    for path in [*(path for path in sources if path.suffix != ".css"), *styles]:
        name = path.relative_to(static_dir).as_posix()
        body = path.read_bytes()
        if name == "css/index.css":
            body = _bundle(path, lambda file: f"{base}/{file}?v={files[file].version}").encode()
        files[name] = _asset(path.suffix, body)
    return Assets(files, base)


def _asset(suffix: str, body: bytes) -> Asset:
    known = _TYPES.get(suffix) or mimetypes.guess_type(f"x{suffix}")[0] or "application/octet-stream"
    squeezed = gzip.compress(body, 9, mtime=0) if suffix in _SQUEEZED else None
    return Asset(body, squeezed, known, hashlib.sha256(body).hexdigest()[:12])


def _bundle(index: Path, address: Callable[[str], str]) -> str:
    def put_in(match: re.Match[str]) -> str:
        text = _COMMENT.sub("", (index.parent / match["file"]).read_text("utf-8"))
        text = _ADDRESS.sub(lambda found: f'url("{address(found["file"])}")', text)
        return f"@layer {match['layer']} {{\n{text}}}\n" if match["layer"] else text

    return _IMPORT.sub(put_in, index.read_text("utf-8"))
