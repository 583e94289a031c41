"""Signals: each file measures one kind of fact about a subject."""
