"""Event files: bytes to checked values, or every problem with its line.

For callers: `load.load(path)` reads a file with what it includes and its pictures, `shift.shift_to` moves an event to
other dates, `rules_of` gives the rules of the decision; the values themselves are in `model`.
"""
