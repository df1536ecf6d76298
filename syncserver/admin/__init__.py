"""The staff's side: pages that parse, call one service, and render."""
