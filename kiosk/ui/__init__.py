"""The kiosk's screens: the only part that knows Kivy."""
