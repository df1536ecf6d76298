"""The console command `rallygate-server`."""

from syncserver.cli.main import main

__all__ = ["main"]
