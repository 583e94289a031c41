"""Search for posts, accounts and hashtags."""
