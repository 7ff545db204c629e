import OrnsteinNumerics
import Synchronization

/// Decodes points and writes their rows as bytes, a column of a chunk at a time, without a string a
/// cell.
struct RowFormatter: Sendable {
  private struct Style: Sendable {
    var format: NumberFormat
    /// The range of texts of a categorical column in `ends`, or `nil` for numbers.
    var firstText: Int?
  }

  private let decoder: TableDecoder
  private let styles: [Style]
  private let texts: [UInt8]
  /// Where text i ends among `texts`; text i begins at `ends[i]` of the entry before.
  private let ends: [Int]

  init(_ decoder: TableDecoder) {
    self.decoder = decoder
    let buffer = ByteBuffer()
    var ends = [0]
    styles = decoder.columns.map { column in
      let first = column.values.map { _ in ends.count - 1 }
      for value in column.values ?? [] {
        buffer.appendCell(value)
        ends.append(buffer.count)
      }
      return Style(format: NumberFormat(column.print), firstText: first)
    }
    self.ends = ends
    texts = Array(buffer.bytes)
  }

  /// Writes rows; for each column, how many cells were beyond the bounds.
  func append(_ points: Batch<Float>, rows: Range<Int>, to buffer: ByteBuffer) -> [Int] {
    let columns = decoder.columns.count
    var clipped = Array(repeating: 0, count: columns)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: rows.count * columns) { cells in
      cells.initialize(repeating: 0)
      points.withUnsafeBufferPointer { elements in
        for (index, column) in decoder.columns.enumerated() {
          let block = UnsafeMutableBufferPointer(
            rebasing: cells[(index * rows.count)..<((index + 1) * rows.count)])
          clipped[index] = column.decode(elements, decoder.dimension, rows: rows, into: block)
        }
      }
      styles.withUnsafeBufferPointer { styles in
        texts.withUnsafeBufferPointer { texts in
          ends.withUnsafeBufferPointer { ends in
            for row in 0..<rows.count {
              for column in 0..<columns {
                if column > 0 { buffer.append(UInt8(ascii: ",")) }
                let cell = cells[column * rows.count + row]
                if cell.isNaN { continue }
                guard let firstText = styles[column].firstText else {
                  buffer.appendNumber(cell, styles[column].format)
                  continue
                }
                let text = firstText + Int(cell)
                buffer.append(
                  contentsOf: UnsafeBufferPointer(rebasing: texts[ends[text]..<ends[text + 1]]))
              }
              buffer.append(10)
            }
          }
        }
      }
    }
    return clipped
  }
}

/// Sums of clipped cells from many threads; whole numbers, so their order does not matter.
final class ClippedCounts: Sendable {
  private let sums: Mutex<[Int]>

  init(columns: Int) { sums = Mutex(Array(repeating: 0, count: columns)) }

  var counts: [Int] { sums.withLock { $0 } }

  func add(_ counts: [Int]) {
    sums.withLock { sums in for index in counts.indices { sums[index] += counts[index] } }
  }
}

/// The bytes of each chunk of a group, set by many threads and read in order.
final class ChunkOutputs: Sendable {
  private struct Slots: @unchecked Sendable { var buffers: [ByteBuffer?] }
  private let slots: Mutex<Slots>

  init(count: Int) { slots = Mutex(Slots(buffers: Array(repeating: nil, count: count))) }

  func set(_ buffer: ByteBuffer, at index: Int) {
    let slot = Slots(buffers: [buffer])
    slots.withLock { $0.buffers[index] = slot.buffers[0] }
  }

  var all: [ByteBuffer] {
    slots.withLock { slots in Slots(buffers: slots.buffers) }.buffers.compactMap(\.self)
  }
}
