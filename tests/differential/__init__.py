"""Before and after: source pairs whose verdict is known, and what the real SDKs say of them."""
