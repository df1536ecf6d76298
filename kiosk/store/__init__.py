"""The kiosk's files: journal, learnt entries, snapshots, key. The only SQL of the kiosk."""
