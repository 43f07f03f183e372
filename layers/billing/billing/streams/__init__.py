"""From DynamoDB stream records to changes of the summary."""
