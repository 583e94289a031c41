"""What a browser says of its reader's languages."""


def best_language(accepted: str, offered: tuple[str, ...]) -> str:
    """The best of our languages by Accept-Language; our first where none fits."""
    ranked: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, tag.lower().split("-")[0]))
    for _, tag in sorted(ranked, key=lambda pair: pair[0]):
        if tag in offered:
            return tag
    return offered[0]
