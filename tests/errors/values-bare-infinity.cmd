run --values values-bare-infinity.json values.spec
