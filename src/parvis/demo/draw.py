"""Every picture of the town, by name. The same name gives the same bytes."""

from __future__ import annotations

from parvis.demo import scenes_land, scenes_paper, scenes_things, scenes_town
from parvis.demo.avatars import draw_avatar
from parvis.demo.canvas import Canvas

SCENES = scenes_land.SCENES | scenes_town.SCENES | scenes_things.SCENES | scenes_paper.SCENES


def draw_scene(name: str) -> bytes:
    canvas = Canvas(name)
    SCENES[name](canvas)
    return canvas.jpeg()


__all__ = ["SCENES", "draw_avatar", "draw_scene"]
