check ok.spec --set
