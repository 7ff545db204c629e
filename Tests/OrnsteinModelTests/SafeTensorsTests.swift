import OrnsteinModel
import OrnsteinNumerics
import OrnsteinTables
import Testing

@Suite struct SafeTensorsTests {
  static let example = SafeTensors(
    tensors: [
      Tensor(name: "net.0.weight", shape: [2, 3], elements: .float([1, -2.5, 3, 0, 1e-30, 7])),
      Tensor(name: "net.0.bias", shape: [3], elements: .float([0.1, 0.2, 0.3])),
      Tensor(name: "mean", shape: [2], elements: .double([.pi, -0.0])),
      Tensor(name: "step", shape: [], elements: .integer([-9_007_199_254_740_993])),
      Tensor(name: "nothing", shape: [0, 4], elements: .double([])),
    ],
    metadata: ["schema": "{\"a\": \"é \\\"quoted\\\"\"}", "kind": "network"])

  @Test func readsWhatItWrites() throws {
    #expect(try SafeTensors(bytes: Self.example.bytes) == Self.example)
    try withTemporaryFolder { folder in
      try Self.example.write(to: folder + "/model.safetensors")
      #expect(try SafeTensors(contentsOf: folder + "/model.safetensors") == Self.example)
      #expect(try [UInt8](contentsOfFile: folder + "/model.safetensors") == Self.example.bytes)
    }
  }

  @Test func tensorsAreAligned() throws {
    let bytes = Self.example.bytes
    let length = Int(bytes[0]) | Int(bytes[1]) << 8
    #expect((8 + length).isMultiple(of: 8))
    let text = String(decoding: bytes[8..<(8 + length)], as: UTF8.self)
    #expect(text.contains("\"mean\":{\"data_offsets\":[0,16]"))
  }

  /// Python's safetensors reads our file and finds the numbers and texts.
  @Test func pythonReadsOurFile() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try Self.example.write(to: path)
      let printed = try PythonEnvironment.run(
        """
        import sys, numpy as np
        from safetensors import safe_open
        with safe_open(sys.argv[1], framework="np") as f:
            assert f.metadata() == {"schema": '{"a": "é \\\\"quoted\\\\""}', "kind": "network"}, f.metadata()
            t = {k: f.get_tensor(k) for k in f.keys()}
        assert sorted(t) == ["mean", "net.0.bias", "net.0.weight", "nothing", "step"], sorted(t)
        w = t["net.0.weight"]
        assert w.dtype == np.float32 and w.shape == (2, 3), (w.dtype, w.shape)
        assert (w == np.array([[1, -2.5, 3], [0, 1e-30, 7]], dtype=np.float32)).all()
        assert (t["net.0.bias"] == np.array([0.1, 0.2, 0.3], dtype=np.float32)).all()
        assert t["mean"].dtype == np.float64 and t["mean"][0] == np.pi
        assert np.signbit(t["mean"][1])
        assert t["step"].dtype == np.int64 and t["step"].shape == () and t["step"] == -9007199254740993
        assert t["nothing"].shape == (0, 4)
        print("agreed")
        """, [path])
      #expect(printed == "agreed\n")
    }
  }

  /// A file written by Python's safetensors reads as the numbers and texts it was given.
  @Test func readsAFileOfPython() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/python.safetensors"
      _ = try PythonEnvironment.run(
        """
        import sys, numpy as np
        from safetensors.numpy import save_file
        save_file({"b": np.arange(6, dtype=np.float64).reshape(2, 3) / 7,
                   "a": np.array([1.5, -2], dtype=np.float32),
                   "n": np.array([-(2**62)], dtype=np.int64)}, sys.argv[1],
                  metadata={"k": 'a "b" é'})
        """, [path])
      let expected = SafeTensors(
        tensors: [
          Tensor(name: "a", shape: [2], elements: .float([1.5, -2])),
          Tensor(name: "b", shape: [2, 3], elements: .double((0..<6).map { Double($0) / 7 })),
          Tensor(name: "n", shape: [1], elements: .integer([-(1 << 62)])),
        ],
        metadata: ["k": "a \"b\" é"])
      #expect(try SafeTensors(contentsOf: path) == expected)
    }
  }
}
