"""Timelines: windows of ids that are kept warm and merged at read time; and the streaming hub."""
