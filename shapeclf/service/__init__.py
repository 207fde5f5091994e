"""The recogniser as a page and a service; what it needs beyond the rest is the extra ``serve``."""

from shapeclf.service.limits import Limits

__all__ = ["Limits"]
