"""Names, types and units: trees become the intermediate representation."""
