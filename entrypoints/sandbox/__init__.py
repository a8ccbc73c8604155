"""
The vendors' side of Scripted, played by one HTTP server.

It speaks the vendors' own protocols and imports nothing of the platform: what works against it
works because the protocol is right, not because both sides share code.
"""
