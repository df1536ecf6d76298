"""A payment gateway of our own for demos and tests: an adapter, and the separate process it talks to."""
