run --values values-ragged.json values.spec
