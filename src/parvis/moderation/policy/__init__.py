"""The policy: house rules as data, validated, versioned, tried on what was written before they are active."""
