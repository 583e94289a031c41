"""Moderation by API, for apps of moderators: beside Mastodon's calls, since those know neither cases nor house rules."""
