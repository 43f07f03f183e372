"""The least a function can be: what Python and Lambda's runtime client cost by themselves."""


def handler(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": "{}"}
