check ok.spec ok.spec
