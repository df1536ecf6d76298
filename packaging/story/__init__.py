"""The demo and the tour: real programs, started together on loopback."""
