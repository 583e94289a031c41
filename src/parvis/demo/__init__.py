"""The believable small town behind `script/serve --demo`: its people, words and pictures."""
