"""Tickets on paper: one A4 page per pass."""
