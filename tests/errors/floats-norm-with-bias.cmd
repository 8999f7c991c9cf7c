compile --quiet floats-norm.spec
