"""From a stream of JSON lines to batches for a store."""
