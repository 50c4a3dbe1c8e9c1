"""What others make of the OpenAPI document: a generated client, and a fuzzer that reads it."""
