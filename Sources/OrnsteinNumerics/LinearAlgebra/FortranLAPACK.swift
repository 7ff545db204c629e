#if canImport(Accelerate)
  import Accelerate
#elseif canImport(COpenBLAS)
  import COpenBLAS
#endif

#if canImport(Accelerate) || canImport(COpenBLAS)

  /// A library with the Fortran LAPACK interface: column-major, so a row-major matrix is seen
  /// transposed, and the lower triangle is called the upper one.
  protocol FortranLAPACK: LinearAlgebra {}

  extension FortranLAPACK {
    /// The product of an m-by-k and a k-by-n matrix.
    public func product(
      _ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int
    ) -> [Double] {
      var c = [Double](repeating: 0, count: m * n)
      if c.isEmpty || k == 0 { return c }
      #if canImport(Accelerate)
        cblas_dgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, a, k, b, n, 0, &c, n)
      #else
        let (rowMajor, asStored): (Int32, Int32) = (101, 111)
        cblas_dgemm(
          rowMajor, asStored, asStored, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b, Int32(n),
          0, &c, Int32(n))
      #endif
      return c
    }

    /// Adds A^T A to the lower triangle of a matrix.
    public func addGram(
      of matrix: UnsafePointer<Double>, rows m: Int, columns n: Int,
      into gram: UnsafeMutablePointer<Double>
    ) {
      guard m > 0, n > 0 else { return }
      #if canImport(Accelerate)
        cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, n, m, 1, matrix, n, 1, gram, n)
      #else
        let (rowMajor, lower, transposed): (Int32, Int32, Int32) = (101, 122, 112)
        cblas_dsyrk(
          rowMajor, lower, transposed, Int32(n), Int32(m), 1, matrix, Int32(n), 1, gram, Int32(n))
      #endif
    }

    /// The lower triangle L of A = L L^T; `nil` if A is not positive definite.
    public func choleskyFactor(of matrix: [Double], dimension: Int) -> [Double]? {
      var factor = matrix
      var (n, info) = (Int32(dimension), Int32(0))
      var triangle = CChar(UInt8(ascii: "U"))
      #if canImport(Accelerate)
        dpotrf_(&triangle, &n, &factor, &n, &info)
      #else
        var leading = n
        dpotrf_(&triangle, &n, &factor, &leading, &info)
      #endif
      guard info == 0 else { return nil }
      for row in 0..<dimension {
        for column in (row + 1)..<max(dimension, row + 1) {
          factor[row * dimension + column] = 0
        }
      }
      return factor
    }

    /// The sign of the determinant and the logarithm of its absolute value, by row exchanges.
    public func determinant(
      of matrix: [Double], dimension: Int
    ) -> (sign: Int, logAbsolute: Double) {
      var factors = matrix
      var (n, info) = (Int32(dimension), Int32(0))
      var pivots = [Int32](repeating: 0, count: dimension)
      #if canImport(Accelerate)
        var rows = n
        var leading = n
        dgetrf_(&rows, &n, &factors, &leading, &pivots, &info)
      #else
        dgetrf_(&n, &n, &factors, &n, &pivots, &info)
      #endif
      return determinant(
        pivots: (0..<dimension).lazy.map { factors[$0 * (dimension + 1)] },
        exchanges: pivots.enumerated().reduce(0) { $0 + (Int($1.element) == $1.offset + 1 ? 0 : 1) }
      )
    }

    /// Eigenvalues, ascending, and unit eigenvectors by rows; `nil` if the iteration fails.
    public func symmetricEigenvectors(
      of matrix: [Double], dimension: Int
    ) -> (values: [Double], vectors: [Double])? {
      var vectors = matrix
      var values = [Double](repeating: 0, count: dimension)
      var job = CChar(UInt8(ascii: "V"))
      var triangle = CChar(UInt8(ascii: "U"))
      let n = Int32(dimension)
      func call(_ work: inout [Double], _ integers: inout [Int32], query: Bool) -> Int32 {
        var (order, leading, info) = (n, n, Int32(0))
        var workCount = query ? -1 : Int32(work.count)
        var integerCount = query ? -1 : Int32(integers.count)
        dsyevd_(
          &job, &triangle, &order, &vectors, &leading, &values, &work, &workCount, &integers,
          &integerCount, &info)
        return info
      }
      var work = [0.0]
      var integers = [Int32(0)]
      guard call(&work, &integers, query: true) == 0 else { return nil }
      work = [Double](repeating: 0, count: Int(work[0]))
      integers = [Int32](repeating: 0, count: Int(integers[0]))
      guard call(&work, &integers, query: false) == 0 else { return nil }
      return (values, vectors)
    }

    /// The X of least norm that minimises |A X - B|, by singular values.
    public func leastSquares(
      _ matrix: [Double], _ right: [Double], rows m: Int, columns n: Int, rightColumns r: Int
    ) -> [Double]? {
      let height = max(m, n)
      var a = [Double](repeating: 0, count: m * n)
      for i in 0..<m { for j in 0..<n { a[j * m + i] = matrix[i * n + j] } }
      var b = [Double](repeating: 0, count: height * r)
      for i in 0..<m { for j in 0..<r { b[j * height + i] = right[i * r + j] } }
      var singularValues = [Double](repeating: 0, count: min(m, n))
      func call(_ work: inout [Double], _ integers: inout [Int32], query: Bool) -> Int32 {
        var (rows, columns, rightColumns) = (Int32(m), Int32(n), Int32(r))
        var (leadingA, leadingB) = (Int32(m), Int32(height))
        var (cutoff, rank, info) = (1e-14, Int32(0), Int32(0))
        var workCount = query ? -1 : Int32(work.count)
        dgelsd_(
          &rows, &columns, &rightColumns, &a, &leadingA, &b, &leadingB, &singularValues, &cutoff,
          &rank, &work, &workCount, &integers, &info)
        return info
      }
      var work = [0.0]
      var integers = [Int32(0)]
      guard call(&work, &integers, query: true) == 0 else { return nil }
      work = [Double](repeating: 0, count: Int(work[0]))
      integers = [Int32](repeating: 0, count: Int(integers[0]))
      guard call(&work, &integers, query: false) == 0 else { return nil }
      var solution = [Double](repeating: 0, count: n * r)
      for i in 0..<n { for j in 0..<r { solution[i * r + j] = b[j * height + i] } }
      return solution
    }
  }

#endif
