"""What joins the use cases to the outside: DynamoDB, payment gateways, secrets."""
