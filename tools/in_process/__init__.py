"""The whole API inside one process: the template's routes, the real handlers, the emulator's DynamoDB.

For what needs thousands of requests or repeatable answers: property tests, and the examples in the documents.
What API Gateway and Lambda add is tested on the local stack (``tests/stack``).
"""
