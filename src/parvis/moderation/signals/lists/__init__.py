"""The word lists that ship: `en`, `fr` and `any`, and `domains`."""
