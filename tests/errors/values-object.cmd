run --values values-object.json values.spec
