run --values values-unknown-tensor.json values.spec
