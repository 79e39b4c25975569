"""A pump station for rain water."""
