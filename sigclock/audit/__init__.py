"""The versions and signatures of all commits, and the versions that served two signatures."""
