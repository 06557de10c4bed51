"""The routes of /v1 and /v2, one subject a module, and what all requests share."""
