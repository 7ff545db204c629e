public struct TableEvaluation: Codable { public init(of: Table, against: Table, hints: SchemaHints, seed: UInt64, threads: Int) throws {} }
