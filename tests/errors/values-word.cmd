run --values values-word.json values.spec
