"""The reference guide: one Markdown page for each thing that a process may be made of, in Chinese and English.

Examples stand in fenced blocks whose kind says how they are run; the tests run every one of them with the real code.
"""

from webapp.guide.blocks import Block, Case, GuideError, Highlight, read_blocks
from webapp.guide.topics import GROUPS, Page, Topic, find_page, find_topic, neighbours, search

__all__ = [
    "GROUPS",
    "Block",
    "Case",
    "GuideError",
    "Highlight",
    "Page",
    "Topic",
    "find_page",
    "find_topic",
    "neighbours",
    "read_blocks",
    "search",
]
