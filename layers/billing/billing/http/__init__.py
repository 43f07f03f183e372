"""The HTTP edge: strict parsing, the resolver, problem answers, JSON."""
