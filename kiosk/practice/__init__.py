"""Practice: sample passes and a place to try them, which leave no entries."""
