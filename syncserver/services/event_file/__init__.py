"""Event files: bytes to checked values, or every problem with its line.

For callers: `load(path)` reads a file with what it includes and its pictures; `shift_to(event_file, first_day)` moves
an event to other dates; the values themselves are in `model`.
"""
