"""Accounts, roles and badges of the people who run the event."""
