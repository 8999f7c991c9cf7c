compile --max-weight heavy ok.spec
