"""The server: shop, passes, entries from kiosks, and what staff see."""
