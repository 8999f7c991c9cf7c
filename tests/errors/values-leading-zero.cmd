run --values values-leading-zero.json values.spec
