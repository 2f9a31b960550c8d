"""Questions over all requests: compatibility, sanity of documents, why not."""
