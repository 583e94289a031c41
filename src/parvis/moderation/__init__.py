"""Moderation: what is written is screened before it is seen, under rules that people can read, test and change."""
