"""One project: configuration, baseline, and judgement of a tree, a commit or a pull request."""
