"""
The command line: `scripted`, which the Makefile calls.
"""
