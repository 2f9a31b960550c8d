"""What a change of documents does to routing: who is admitted elsewhere, and which requests go elsewhere."""
