"""Notifications and read markers."""
