"""Beginnings of processes: copies under another key, and diagrams that other modelers made."""
