"""Small policies for tests, whose rules need no model."""

_RULE = """
[[rule]]
id = "{id}"
category = "{category}"
title = {{ en = "{id} in English", fr = "{id} en français" }}
text = {{ en = "What {id} forbids", fr = "Ce que {id} interdit" }}
ground = {{ kind = "house", reference = {{ en = "House rules", fr = "Règlement" }} }}
when = '{when}'
effects = [{effects}]
"""


def policy(*rules: tuple[str, str, str], failure: str = "publish", category: str = "hate") -> str:
    """A policy of rules (id, condition, effects separated by commas). Detectors that fail ask for `failure`."""
    head = f'[policy]\nname = "For tests"\n\n[failure]\neffects = ["{failure}"]\n'
    return head + "".join(
        _RULE.format(
            id=name, when=when, category=category, effects=", ".join(f'"{each.strip()}"' for each in effects.split(","))
        )
        for name, when, effects in rules
    )
