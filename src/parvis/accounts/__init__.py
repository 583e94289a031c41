"""Profiles: names, pictures, counters, deletion."""
