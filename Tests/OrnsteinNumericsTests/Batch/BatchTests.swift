import OrnsteinNumerics
import Testing

@Suite struct BatchTests {
  @Test func isAlignedToCacheLines() {
    for count in [1, 3, 1000] {
      let batch = Batch<Float>(count: count, dimension: 3)
      batch.withUnsafeBufferPointer { #expect(UInt(bitPattern: $0.baseAddress) % 64 == 0) }
    }
  }

  @Test func copiesAreIndependent() {
    let original = Batch<Double>(rows: [[1, 2], [3, 4]])
    var copy = original
    copy[1, 0] = 9
    #expect(original.elements == [1, 2, 3, 4])
    #expect(copy.elements == [1, 2, 9, 4])
    #expect(copy != original)
    copy[1, 0] = 3
    #expect(copy == original)
  }

  @Test func slicesAndConverts() {
    let batch = Batch<Double>([1, 2, 3, 4, 5, 6], dimension: 2)
    #expect(batch[1..<3].elements == [3, 4, 5, 6])
    #expect(batch[1..<1].count == 0)
    #expect(batch.point(2) == [5, 6])
    #expect(batch.converted(to: Float.self).elements == [1, 2, 3, 4, 5, 6])
  }

  @Test func spansSeeTheSameMemory() {
    var batch = Batch<Float>(count: 2, dimension: 2)
    batch.withMutableSpan { span in for index in span.indices { span[index] = Float(index) } }
    #expect(batch.withSpan { span in span.indices.map { span[$0] } } == [0, 1, 2, 3])
  }

  @Test func refusesRowsOfUnequalLength() async {
    await #expect(processExitsWith: .failure) { _ = Batch<Double>(rows: [[1, 2], [3]]) }
  }

  @Test func refusesAnIndexOutside() async {
    await #expect(processExitsWith: .failure) { _ = Batch<Double>(rows: [[1, 2]])[0, 2] }
  }

  @Test func tensorsKnowTheirSize() {
    #expect(Tensor(name: "a", shape: [2, 3], elements: .integer([1, 2, 3, 4, 5, 6])).count == 6)
    #expect(Tensor(name: "scalar", shape: [], elements: .float([1])).count == 1)
  }
}
