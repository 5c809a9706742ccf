"""What a tree was found to declare, moved from tree to tree, kept in the Git directory."""
