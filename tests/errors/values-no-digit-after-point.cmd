run --values values-no-digit-after-point.json values.spec
