"""What the API answers, with descriptions and examples, so that /openapi.json is worth reading.

Times are RFC 3339 in UTC. Texts and authors come from networks: they are data, to be escaped wherever they are shown.
"""
