/// A page in HTML that stands alone: no scripts, nothing loaded from elsewhere.
public struct Page: Sendable {
  private let title: String
  private var parts: [String] = []

  /// An empty page.
  public init(title: String) { self.title = title }

  /// A heading.
  public mutating func heading(_ text: String) {
    parts.append("<h2>\(Markup.escaped(text))</h2>")
  }

  /// A paragraph of plain text.
  public mutating func paragraph(_ text: String) {
    parts.append("<p>\(Markup.escaped(text))</p>")
  }

  /// Pictures side by side, with a caption.
  public mutating func figures(_ svg: [String], caption: String) {
    parts.append(
      "<figure><div class=\"row\">\(svg.joined(separator: "\n"))</div>"
        + "<figcaption>\(Markup.escaped(caption))</figcaption></figure>")
  }

  /// A table; the first cell of a row names it.
  public mutating func table(header: [String] = [], rows: [[String]]) {
    var text = "<table>"
    if !header.isEmpty {
      text +=
        "<thead><tr>" + header.map { "<th>\(Markup.escaped($0))</th>" }.joined()
        + "</tr></thead>"
    }
    text += "<tbody>"
    for row in rows {
      text += "<tr>"
      for (index, cell) in row.enumerated() {
        text +=
          index == 0
          ? "<th scope=\"row\">\(Markup.escaped(cell))</th>" : "<td>\(Markup.escaped(cell))</td>"
      }
      text += "</tr>"
    }
    parts.append(text + "</tbody></table>")
  }

  /// The whole page.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Markup.escaped(title))</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .2rem .9rem .2rem 0; vertical-align: top; }
    thead th { border-bottom: 1px solid; } tbody th { font-weight: 500; }
    figure { margin: 1rem 0; } .row { display: flex; flex-wrap: wrap; gap: 1rem; }
    svg { max-width: 100%; height: auto; } figcaption { font-size: .9rem; opacity: .8; }
    </style>
    </head>
    <body>
    <h1>\(Markup.escaped(title))</h1>
    \(parts.joined(separator: "\n"))
    </body>
    </html>

    """
  }
}
