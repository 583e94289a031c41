"""The statistical model: what runs it, and (with the extra `train`) what makes it."""
