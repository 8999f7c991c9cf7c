run --values values-array-in-member.json values.spec
