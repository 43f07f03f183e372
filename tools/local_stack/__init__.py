"""AWS on this machine: the emulator, what this stack needs and it lacks, and the commands around it.

`make run` deploys the unmodified template with the real SAM CLI to `ministack`, an AWS emulator in one Python process.
What the emulator does not do, or does otherwise than AWS, is added here, one module and one test each:

    openapi_import   the routes of an HttpApi, from the OpenAPI body that SAM generates
    math_alarms      alarms over several metrics
    stream_mapping   Lambda's documented loop around a DynamoDB stream
    workers          functions see their own folder and the layer, never the tools' packages
    speed            the same answers, in half the time
    front_door       the API on a port of its own, and the OpenID Connect issuer beside it
"""
