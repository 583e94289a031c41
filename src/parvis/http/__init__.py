"""The edge: dispatch over the route tables, parameter binding, rate limits, headers, errors."""
