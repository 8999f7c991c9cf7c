run --values values-not-an-object.json values.spec
