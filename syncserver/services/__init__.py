"""Use cases of the server: each owns its transaction."""
