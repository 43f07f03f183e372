"""Use cases, one a file, and the ports they need; imports the domain only."""
