run --values values-too-nested.json values.spec
