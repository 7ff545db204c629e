import Foundation
import Ornstein

/// Pictures in a folder beside the page.
struct Figures {
  private static let folder = "Figures"

  /// The folder of the page.
  let page: URL

  func link(_ name: String) -> String { "\(Self.folder)/\(name).svg" }

  /// Writes plots side by side on white, which pages of either colour show.
  func write(_ name: String, _ plots: [String]) throws {
    let (width, height) = (460, 300)
    var text =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(width * plots.count)\" height=\"\(height)\" "
      + "color=\"black\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    for (index, plot) in plots.enumerated() {
      text += "<g transform=\"translate(\(index * width) 0)\">\n\(plot)\n</g>\n"
    }
    let file = page.appendingPathComponent(link(name))
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data((text + "</svg>\n").utf8).write(to: file)
  }
}
