/// A picture in SVG: shapes in pixels, the origin at the top left.
///
/// Text is escaped; numbers are written with two digits after the point, so equal input gives equal
/// bytes.
public struct Drawing: Sendable {
  /// How a shape looks.
  public struct Style: Sendable, Hashable {
    /// The colour inside, or `nil` for none.
    public var fill: String?
    /// The colour of the line, or `nil` for none.
    public var stroke: String?
    /// The width of the line in pixels.
    public var width: Double
    /// How much it covers what lies below, 0 to 1.
    public var opacity: Double

    /// A style by its parts.
    public init(
      fill: String? = nil, stroke: String? = nil, width: Double = 1, opacity: Double = 1
    ) {
      self.fill = fill
      self.stroke = stroke
      self.width = width
      self.opacity = opacity
    }

    var attributes: String {
      var text = " fill=\"\(fill ?? "none")\""
      if let stroke { text += " stroke=\"\(stroke)\" stroke-width=\"\(pixels(width))\"" }
      if opacity < 1 { text += " opacity=\"\(pixels(opacity))\"" }
      return text
    }
  }

  /// Where a text stands relative to its point.
  public enum Anchor: String, Sendable {
    /// To the right of it.
    case start
    /// Around it.
    case middle
    /// To the left of it.
    case end
  }

  /// The width in pixels.
  public let width: Double
  /// The height in pixels.
  public let height: Double
  private var shapes: [String] = []

  /// An empty picture.
  public init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// A rectangle.
  public mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, style: Style
  ) {
    shapes.append(
      "<rect x=\"\(pixels(x))\" y=\"\(pixels(y))\" width=\"\(pixels(width))\" "
        + "height=\"\(pixels(height))\"\(style.attributes)/>")
  }

  /// A line through points.
  public mutating func line(_ points: [(x: Double, y: Double)], style: Style) {
    guard points.count > 1 else { return }
    let path = points.map { "\(pixels($0.x)),\(pixels($0.y))" }.joined(separator: " ")
    shapes.append("<polyline points=\"\(path)\"\(style.attributes)/>")
  }

  /// Dots of one radius, as one shape.
  public mutating func dots(_ points: [(x: Double, y: Double)], radius: Double, style: Style) {
    guard !points.isEmpty else { return }
    let path = points.map { "M\(pixels($0.x)) \(pixels($0.y))h0" }.joined()
    shapes.append(
      "<path d=\"\(path)\" fill=\"none\" stroke=\"\(style.fill ?? "black")\" "
        + "stroke-width=\"\(pixels(2 * radius))\" stroke-linecap=\"round\" "
        + "opacity=\"\(pixels(style.opacity))\"/>")
  }

  /// A text; `angle` turns it, in degrees.
  public mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, size: Double = 11,
    angle: Double = 0
  ) {
    let turn =
      angle == 0 ? "" : " transform=\"rotate(\(pixels(angle)) \(pixels(x)) \(pixels(y)))\""
    shapes.append(
      "<text x=\"\(pixels(x))\" y=\"\(pixels(y))\" text-anchor=\"\(anchor.rawValue)\" "
        + "font-size=\"\(pixels(size))\"\(turn)>\(Markup.escaped(text))</text>")
  }

  /// The picture as an SVG element.
  public var svg: String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(pixels(width)) \(pixels(height))" \
    width="\(pixels(width))" height="\(pixels(height))" font-family="system-ui, sans-serif" \
    fill="currentColor">
    \(shapes.joined(separator: "\n"))
    </svg>
    """
  }
}

/// A coordinate with two digits after the point, without needless zeros; 0 if it is no number.
func pixels(_ value: Double) -> String {
  guard value.isFinite, abs(value) < 1e9 else { return "0" }
  let hundredths = Int((value * 100).rounded())
  let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
  let sign = hundredths < 0 ? "-" : ""
  if rest == 0 { return "\(sign)\(whole)" }
  let digits = rest < 10 ? "0\(rest)" : rest % 10 == 0 ? "\(rest / 10)" : "\(rest)"
  return "\(sign)\(whole).\(digits)"
}
