run --values values-number-too-long.json values.spec
