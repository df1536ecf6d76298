"""What kiosk and server must agree on. Imports no sibling, does no I/O."""
