run --values values-exponent-too-large.json values.spec
