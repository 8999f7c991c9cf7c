run --values values-nan.json values.spec
