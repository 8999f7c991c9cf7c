run --values values-bare-nan.json values.spec
