"""
Who did and who read what, and whether anybody has changed what was noted.
"""
