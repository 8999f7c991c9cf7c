run --values values-not-json.json values.spec
