"""Calls to other servers: one guarded client for all of them."""
