"""Registers from files: read, shown before anything changes, then taken over as shown, all or nothing."""
