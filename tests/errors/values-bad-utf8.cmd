run --values values-bad-utf8.json values.spec
