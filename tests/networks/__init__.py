"""The networks, on 127.0.0.1: servers that speak their wire formats to the real client libraries.

Each server keeps its state in plain objects that a test fills, records what it was asked, and misbehaves on command.
"""
