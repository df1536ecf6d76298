"""The machine below the kiosk: whatever Linux and Windows do each in its own way. README.md says what belongs here."""
