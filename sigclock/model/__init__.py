"""The nouns: frozen structs without I/O."""
