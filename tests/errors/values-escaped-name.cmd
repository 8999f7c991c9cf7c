run --values values-escaped-name.json values.spec
