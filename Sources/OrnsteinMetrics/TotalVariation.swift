/// The total variation distance of two categorical samples: the share of one that has to change to
/// become the other.
public enum TotalVariation {
  /// Half the sum of |p_k - q_k|.
  ///
  /// - Parameters:
  ///   - counts: How often each category occurs, not all 0.
  ///   - reference: How often each of the same categories occurs, not all 0.
  public static func distance(_ counts: [Int], _ reference: [Int]) -> Double {
    precondition(counts.count == reference.count, "The counts are not of the same categories.")
    let total = Double(counts.reduce(0, +))
    let referenceTotal = Double(reference.reduce(0, +))
    precondition(total > 0 && referenceTotal > 0, "A distance needs a cell on both sides.")
    return zip(counts, reference).reduce(0) {
      $0 + abs(Double($1.0) / total - Double($1.1) / referenceTotal)
    } / 2
  }

  /// The distance of two columns of codes; -1 is a missing cell and counts as one more category.
  ///
  /// - Parameters:
  ///   - codes: Categories from -1 to `categories - 1`.
  ///   - reference: Categories from -1 to `categories - 1`.
  ///   - categories: How many categories there are.
  public static func distance(
    codes: some Collection<Int>, _ reference: some Collection<Int>, categories: Int
  ) -> Double {
    func counts(_ codes: some Collection<Int>) -> [Int] {
      var counts = Array(repeating: 0, count: categories + 1)
      for code in codes {
        precondition(code >= -1 && code < categories, "Category \(code) is not one of \(categories).")
        counts[code < 0 ? categories : code] += 1
      }
      return counts
    }
    return distance(counts(codes), counts(reference))
  }
}
