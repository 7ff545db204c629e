import OrnsteinDiffusion
import OrnsteinModel
import OrnsteinNumerics

/// A Gaussian mixture as the tensors of a model file, bit for bit.
///
/// `mixture.weights` of K numbers, `mixture.means` of K times d, `mixture.covariances` of all numbers of
/// all components one after another, and in the metadata the shape of each covariance.
struct MixtureTensors {
  /// How the covariance of a component is stored.
  enum Form: String, Codable {
    case identity, isotropic, diagonal, full

    func count(dimension: Int) -> Int {
      switch self {
      case .identity: 0
      case .isotropic: 1
      case .diagonal: dimension
      case .full: dimension * dimension
      }
    }
  }

  /// What the metadata of a model file say of a mixture.
  struct Header: Codable {
    var name: String
    var dimension: Int
    var covariances: [Form]
  }

  let header: Header
  let tensors: [Tensor]

  init(_ mixture: GaussianMixtureDescription) {
    var forms: [Form] = []
    var numbers: [Double] = []
    for component in mixture.components {
      switch component.covariance {
      case .identity: forms.append(.identity)
      case .isotropic(let variance):
        forms.append(.isotropic)
        numbers.append(variance)
      case .diagonal(let variances):
        forms.append(.diagonal)
        numbers += variances
      case .full(let rows):
        forms.append(.full)
        numbers += rows.joined()
      }
    }
    let count = mixture.components.count
    header = Header(name: mixture.name, dimension: mixture.dimension, covariances: forms)
    tensors = [
      Tensor(
        name: "mixture.weights", shape: [count],
        elements: .double(mixture.components.map(\.weight))),
      Tensor(
        name: "mixture.means", shape: [count, mixture.dimension],
        elements: .double(mixture.components.flatMap(\.mean))),
      Tensor(name: "mixture.covariances", shape: [numbers.count], elements: .double(numbers)),
    ]
  }

  /// Whether every number is finite.
  var areFinite: Bool {
    tensors.allSatisfy { tensor in
      guard case .double(let values) = tensor.elements else { return true }
      return values.allSatisfy(\.isFinite)
    }
  }

  /// The mixture of a model file.
  static func description(
    _ header: Header, numbers: (String, Int) throws -> [Double]
  ) throws -> GaussianMixtureDescription {
    let (count, d) = (header.covariances.count, max(header.dimension, 0))
    let weights = try numbers("mixture.weights", count)
    let means = try numbers("mixture.means", count * d)
    var rest = try numbers(
      "mixture.covariances", header.covariances.reduce(0) { $0 + $1.count(dimension: d) })[...]
    let components = header.covariances.enumerated().map { index, form in
      let own = Array(rest.prefix(form.count(dimension: d)))
      rest = rest.dropFirst(own.count)
      let covariance: MixtureCovariance =
        switch form {
        case .identity: .identity
        case .isotropic: .isotropic(own[0])
        case .diagonal: .diagonal(own)
        case .full: .full((0..<d).map { Array(own[$0 * d..<($0 + 1) * d]) })
        }
      return GaussianMixtureDescription.Component(
        weight: weights[index], mean: Array(means[index * d..<(index + 1) * d]),
        covariance: covariance)
    }
    return GaussianMixtureDescription(
      name: header.name, dimension: header.dimension, components: components)
  }
}
