"""The sample site: an invented digest blog, served on loopback."""
