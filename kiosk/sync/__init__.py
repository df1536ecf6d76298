"""Joining an event, taking snapshots, exchanging entries."""
