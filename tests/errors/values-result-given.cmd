run --values values-result-given.json values.spec
