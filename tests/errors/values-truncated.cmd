run --values values-truncated.json values.spec
