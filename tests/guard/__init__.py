"""Tests of the guard, and of the view of the local caches."""
