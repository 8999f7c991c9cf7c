run --values values-constant-given.json values.spec
