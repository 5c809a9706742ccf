from models import Stats

__all__ = ['Stats']
