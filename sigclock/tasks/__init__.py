"""Which statements declare tasks in which SDK, and with what interface."""
