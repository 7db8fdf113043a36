"""Messages to addresses that people entered: signed, sent to a checked address, answered within a time."""
