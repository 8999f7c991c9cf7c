run --values values-true.json values.spec
