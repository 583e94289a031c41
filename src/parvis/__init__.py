"""Parvis, a social network server."""

VERSION = "0.1.0"
# The Mastodon release whose client API is spoken; clients read the leading digits of `instance.version`.
API_COMPATIBLE = "4.5.0"
