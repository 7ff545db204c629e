import OrnsteinNumerics
import Testing

extension KernelTests {
  @Suite struct Sets {
    @Test func theBaselineIsAlwaysThereAndSetsCanBeChosen() {
      #expect(InstructionSet.supported.contains(.baseline))
      #expect(InstructionSet.supported.contains(InstructionSet.current))
      let current = InstructionSet.current
      for set in InstructionSet.supported {
        #expect(set.perform { InstructionSet.current } == set)
        #expect(InstructionSet.current == current)
      }
      #expect(current.select())
      #expect(InstructionSet.current == current)
    }

    @Test func unsupportedSetsAreRefused() {
      let current = InstructionSet.current
      for set in InstructionSet.allCases where !InstructionSet.supported.contains(set) {
        #expect(!set.select())
        #expect(set.perform { 1 } == nil)
        #expect(InstructionSet.current == current)
      }
    }
  }
}
