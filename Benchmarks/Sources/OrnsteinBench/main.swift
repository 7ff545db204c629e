try BenchmarkServer.main()
