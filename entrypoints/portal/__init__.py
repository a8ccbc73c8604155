"""
The web portal: patients, physicians and operations, served by Reflex from one port.
"""
