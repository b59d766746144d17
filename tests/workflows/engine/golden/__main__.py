"""Adds the golden states of this version."""

from tests.workflows.engine.golden.writing import write_missing

if __name__ == "__main__":
    write_missing()
