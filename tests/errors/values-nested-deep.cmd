run --values values-nested-deep.json values.spec
