"""The web page and the HTTP and WebSocket service. Its dependencies are installed with the extra ``serve``."""

from shapeclf.service.limits import Limits

__all__ = ["Limits"]
