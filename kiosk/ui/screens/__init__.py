"""One screen each: a Python class and its layout in the .kv file of the same name."""
