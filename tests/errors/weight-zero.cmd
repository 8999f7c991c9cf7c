compile --max-weight 0 ok.spec
