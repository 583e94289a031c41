"""Follow, block, mute; and what one viewer may and wants to see."""
