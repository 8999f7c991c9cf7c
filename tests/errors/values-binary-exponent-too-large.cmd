run --values values-binary-exponent-too-large.json values.spec
