"""Handlers of the Mastodon client API, one file per resource: parse, call, render."""
