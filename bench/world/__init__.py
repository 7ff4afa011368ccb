"""The invented papers that all of it is measured on."""
