"""The service: the HTTP app, and its deployments on Ray Serve."""
