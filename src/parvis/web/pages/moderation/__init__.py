"""Pages for those who moderate, one file for each area."""
