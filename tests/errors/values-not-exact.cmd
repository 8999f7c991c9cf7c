run --values values-not-exact.json --exact values.spec
