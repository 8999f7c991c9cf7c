run --values values-bare-hexadecimal.json values.spec
