/// Where the sums over points of a student's pass lie in a block of numbers.
struct StudentSumsLayout: Sendable {
  let components: Int
  let dimension: Int

  private var entries: Int { components * dimension }

  /// The sum of |f - target|^2.
  var loss: Int { 0 }
  /// The sum of |x|^2.
  var square: Int { 1 }
  /// The sum of the weights of the points.
  var weight: Int { 2 }
  /// The sums of rho_j.
  var responsibilities: Int { 8 }
  /// The sums of c_j = rho_j <e, theta_j - f>.
  var logits: Int { responsibilities + components }
  /// The sums of rho_j^2 |theta_j - f|^2.
  var curvatures: Int { logits + components }
  /// The sums of rho_j x.
  var positions: Int { curvatures + components }
  /// The sums of rho_j e.
  var residuals: Int { positions + entries }
  /// The sums of c_j (x - theta_j).
  var corrections: Int { residuals + entries }
  /// All numbers.
  var count: Int { corrections + entries }
}
