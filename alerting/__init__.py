"""The alarm: notices that negative volume leaves its usual level, keeps incidents, and tells people."""
