"""Figures over everything, for operators."""
