/// A plot with two axes: lines, dots and shaded columns.
public struct Plot: Sendable {
  /// Colours that people tell apart, also those who see fewer (Okabe and Ito).
  public static let colours = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7f7f7f",
  ]

  private let title: String
  private let x: Axis
  private let y: Axis
  private var drawing: Drawing
  private let frame: (left: Double, top: Double, width: Double, height: Double)
  private var legend: [(name: String, colour: String)] = []

  /// An empty plot of some size in pixels.
  public init(_ title: String, x: Axis, y: Axis, width: Double = 460, height: Double = 300) {
    self.title = title
    self.x = x
    self.y = y
    drawing = Drawing(width: width, height: height)
    frame = (56, 26, width - 68, height - 66)
  }

  private func place(_ point: (x: Double, y: Double)) -> (x: Double, y: Double) {
    (
      frame.left + frame.width * x.fraction(of: point.x),
      frame.top + frame.height * (1 - y.fraction(of: point.y))
    )
  }

  private func isInside(_ point: (x: Double, y: Double)) -> Bool {
    (0...1).contains(x.fraction(of: point.x)) && (0...1).contains(y.fraction(of: point.y))
  }

  /// A line through points, those outside the axes left out.
  public mutating func line(
    _ points: [(x: Double, y: Double)], colour: String, width: Double = 1.5, opacity: Double = 1,
    name: String? = nil
  ) {
    var run: [(x: Double, y: Double)] = []
    let style = Drawing.Style(stroke: colour, width: width, opacity: opacity)
    for point in points {
      if isInside(point) {
        run.append(place(point))
      } else {
        drawing.line(run, style: style)
        run = []
      }
    }
    drawing.line(run, style: style)
    if let name { legend.append((name, colour)) }
  }

  /// A dot at each point inside the axes.
  public mutating func dots(
    _ points: [(x: Double, y: Double)], colour: String, radius: Double = 1.2, opacity: Double = 0.5,
    name: String? = nil
  ) {
    drawing.dots(
      points.filter(isInside).map(place), radius: radius,
      style: Drawing.Style(fill: colour, opacity: opacity))
    if let name { legend.append((name, colour)) }
  }

  /// A cell between two points, shaded by `opacity`.
  public mutating func cell(
    from low: (x: Double, y: Double), to high: (x: Double, y: Double), colour: String,
    opacity: Double
  ) {
    let (a, b) = (place(low), place(high))
    drawing.rectangle(
      x: min(a.x, b.x), y: min(a.y, b.y), width: abs(b.x - a.x), height: abs(b.y - a.y),
      style: Drawing.Style(fill: colour, opacity: opacity))
  }

  /// The plot as an SVG element.
  public var svg: String {
    var drawing = drawing
    let axis = Drawing.Style(stroke: "currentColor", width: 1, opacity: 0.6)
    drawing.rectangle(
      x: frame.left, y: frame.top, width: frame.width, height: frame.height, style: axis)
    drawing.text(title, x: frame.left, y: 16, size: 13)
    for tick in x.ticks {
      let at = frame.left + frame.width * x.fraction(of: tick)
      let bottom = frame.top + frame.height
      drawing.line([(at, bottom), (at, bottom + 4)], style: axis)
      drawing.text(Axis.text(tick), x: at, y: bottom + 16, anchor: .middle)
    }
    for tick in y.ticks {
      let at = frame.top + frame.height * (1 - y.fraction(of: tick))
      drawing.line([(frame.left - 4, at), (frame.left, at)], style: axis)
      drawing.text(Axis.text(tick), x: frame.left - 7, y: at + 4, anchor: .end)
    }
    drawing.text(
      x.label, x: frame.left + frame.width / 2, y: frame.top + frame.height + 34, anchor: .middle)
    drawing.text(
      y.label, x: 13, y: frame.top + frame.height / 2, anchor: .middle, angle: -90)
    for (index, entry) in legend.enumerated() {
      let (left, top) = (frame.left + 10, frame.top + 14 + 15 * Double(index))
      drawing.line(
        [(left, top - 4), (left + 16, top - 4)], style: .init(stroke: entry.colour, width: 3))
      drawing.text(entry.name, x: left + 21, y: top)
    }
    return drawing.svg
  }
}
