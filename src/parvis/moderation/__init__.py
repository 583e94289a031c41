"""Moderation. Not built yet: only the gate's place is taken."""
