"""The web layer: HTTP in, one service function, a page or JSON out."""

from webapp.application import create_app

__all__ = ["create_app"]
