"""Adapters to systems that are not ours, one folder each."""
