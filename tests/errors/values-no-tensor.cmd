run --values values-no-tensor.json values.spec
