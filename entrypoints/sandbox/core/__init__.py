"""
What every played vendor stands on: a store, a clock, scheduled work, scripted faults, webhooks.
"""
