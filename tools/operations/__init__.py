"""Commands for whoever runs the service: verify, rebuild and replay of the summary."""
