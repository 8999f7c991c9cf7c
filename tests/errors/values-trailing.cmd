run --values values-trailing.json values.spec
