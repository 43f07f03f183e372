"""The billing service: domain, use cases, and the adapters that run them on AWS."""
