"""How a scanned text gets into the kiosk: camera, keyboard-wedge scanner, serial scanner."""
