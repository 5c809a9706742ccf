"""While typing: what unsaved buffers make due, told to any editor that speaks LSP."""
