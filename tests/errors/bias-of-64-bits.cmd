compile --quiet bias-of-64-bits.spec
