"""Examples that several descriptions share."""

AT = "2026-03-02T09:00:00Z"
MENTION_ID = "m-0f1e2d3c4b5a69788796a5b4"
