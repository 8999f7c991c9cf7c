run --values values-hexadecimal-without-digits.json values.spec
