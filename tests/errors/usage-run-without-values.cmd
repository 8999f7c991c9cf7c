run ok.spec
