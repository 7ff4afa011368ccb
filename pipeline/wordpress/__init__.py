"""The reader of WordPress: what a page, feed or REST answer says of its posts."""
