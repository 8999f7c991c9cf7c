compile --quiet floats-norm-wide.spec
