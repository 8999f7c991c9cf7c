run --values values-not-exact-large.json --exact values.spec
