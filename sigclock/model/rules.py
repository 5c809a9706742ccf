"""The rule table (DESIGN.md section 3)."""
