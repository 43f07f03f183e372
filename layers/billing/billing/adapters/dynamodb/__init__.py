"""The two DynamoDB tables: keys, items, stores."""
