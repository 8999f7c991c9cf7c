run --values values-scalar.json values.spec
