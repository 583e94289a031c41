"""Pictures: upload, confined processing, content-addressed storage."""
