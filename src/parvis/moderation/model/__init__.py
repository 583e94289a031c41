"""The statistical model: what runs it, and (with the extra `train`) what makes it."""

CATEGORIES = ("hate", "dehumanisation", "incitement", "threat", "harassment", "glorification", "spam")
"""What the model tells apart, in the order of its outputs. `hate` holds for every attack on a protected group, whatever its
form: a sentence that dehumanises one, or calls for violence against it, is also `hate`."""
