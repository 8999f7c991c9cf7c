run --values values-comma.json values.spec
