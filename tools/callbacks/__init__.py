"""Operator commands for payment callbacks."""
