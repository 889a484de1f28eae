"""The pages of the control room: server-rendered, in three languages."""
