"""The kiosk: what stands at a gate or a stand and goes on without the network."""
