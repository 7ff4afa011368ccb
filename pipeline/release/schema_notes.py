"""What changed in the published columns, for those who build on them.

A snapshot whose columns differ from its parent's is refused unless a note was added here.
"""

SCHEMA_NOTES = ("First published schema.",)
"""One note for each version of the schema, the first version first."""

SCHEMA_VERSION = len(SCHEMA_NOTES)
