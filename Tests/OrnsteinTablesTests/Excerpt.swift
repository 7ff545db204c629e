/// The first rows of real tables, as published: texts, missing cells, few and many decimals.
///
/// Penguins (Gorman, Williams, Fraser 2014, CC0); Adult, HTRU2, Wine Quality, HIGGS and digits (UCI,
/// CC BY 4.0); Top8000 torsions (Richardson Lab, CC BY 4.0); earth events (NOAA, NASA, public
/// domain); Old Faithful (MIT).
enum Excerpt: String, CaseIterable {
  case penguins, adult, pulsars, wine, higgs, backbone, methionine, volcano, earthquake, fire,
    oldFaithful, digits

  var csv: String {
    switch self {
    case .penguins: Self.penguinsRows
    case .adult: Self.adultRows
    case .pulsars: Self.pulsarsRows
    case .wine: Self.wineRows
    case .higgs: Self.higgsRows
    case .backbone: Self.backboneRows
    case .methionine: Self.methionineRows
    case .volcano: Self.volcanoRows
    case .earthquake: Self.earthquakeRows
    case .fire: Self.fireRows
    case .oldFaithful: Self.oldFaithfulRows
    case .digits: Self.digitsRows
    }
  }

  /// The columns with a period.
  var angles: [String: Double] {
    switch self {
    case .backbone: ["phi_deg": 360, "psi_deg": 360]
    case .methionine:
      ["phi_deg": 360, "psi_deg": 360, "chi1_deg": 360, "chi2_deg": 360, "chi3_deg": 360]
    case .earthquake, .fire, .volcano: ["longitude_deg": 360]
    default: [:]
    }
  }
}
