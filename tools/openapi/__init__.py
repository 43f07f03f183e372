"""The API described for machines: OpenAPI 3.1 from the functions, bodies and problem table that serve it."""
