compile --emit picture ok.spec
