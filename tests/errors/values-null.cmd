run --values values-null.json values.spec
