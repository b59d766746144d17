"""Visits to customers: what is planned, what came of it, and whom to visit next."""
