run --values values-empty.json values.spec
