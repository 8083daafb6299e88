// How index.html looks: one column of text that a phone, a desk and a printer can show, in light and in dark.

extension IndexPage {
  /// Figures have a white ground of their own, which stays white in the dark. Wide tables scroll in their box; in print
  /// they are set smaller instead.
  static let style = """
    :root { --ground: #ffffff; --text: #1c1c1c; --soft: #595959; --line: #d5d5d5; --stripe: #f5f5f5; --link: #0b57a4; }
    @media (prefers-color-scheme: dark) {
      :root { --ground: #16181a; --text: #e6e6e6; --soft: #a9adb1; --line: #3c4044; --stripe: #202326; --link: #86b9f0; }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground); color: var(--text);
      font: 1rem/1.5 "DejaVu Sans", system-ui, sans-serif; }
    p, li { max-width: 46rem; overflow-wrap: anywhere; }
    h1, h2, h3, h4 { line-height: 1.25; overflow-wrap: anywhere; }
    h1 { font-size: 1.7rem; } h2 { font-size: 1.4rem; } h3 { font-size: 1.15rem; } h4 { font-size: 1rem; }
    section { border-top: 1px solid var(--line); margin-top: 2rem; }
    a { color: var(--link); }
    nav ul { list-style: none; padding: 0; margin: 0; }
    nav .level3 { padding-left: 1.2rem; font-size: 0.9rem; } nav .level4 { padding-left: 2.4rem; font-size: 0.9rem; }
    code, pre { font-family: "DejaVu Sans Mono", ui-monospace, monospace; font-size: 0.85em; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: 0.6rem;
      max-height: 18rem; overflow-y: auto; }
    .scroll { overflow-x: auto; margin: 0.5rem 0 1.2rem; }
    table { border-collapse: separate; border-spacing: 0; font-size: 0.8rem; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.25rem 0.45rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top;
      min-width: 3rem; }
    thead th { border-bottom: 2px solid var(--soft); vertical-align: bottom; }
    tbody th { font-weight: normal; }
    tbody tr { background: var(--ground); } tbody tr:nth-child(even) { background: var(--stripe); }
    th:first-child { position: sticky; left: 0; background: inherit; max-width: 18rem; }
    thead th:first-child { background: var(--ground); }
    .number { text-align: right; white-space: nowrap; }
    thead .number, .number em { white-space: normal; }
    figure { display: inline-block; vertical-align: top; width: 32rem; max-width: 100%; margin: 1rem 1.5rem 1rem 0; }
    img { display: block; width: 100%; height: auto; background: #ffffff; }
    figcaption { color: var(--soft); font-size: 0.85rem; overflow-wrap: anywhere; }
    @media (max-width: 40rem) { th:first-child { max-width: 9rem; } }
    @media print {
      @page { size: A4 landscape; margin: 12mm; }
      :root { --ground: #ffffff; --text: #000000; --soft: #444444; --line: #bbbbbb; --stripe: #ffffff; --link: #000000; }
      body { max-width: none; padding: 0; font-size: 9pt; }
      nav { display: none; }
      .scroll { overflow: visible; } pre { max-height: none; }
      th:first-child { position: static; max-width: none; }
      figure { width: 125mm; margin: 0 6mm 4mm 0; } img { width: auto; max-width: 100%; max-height: 150mm; }
      table { font-size: 7.5pt; } .wide table { font-size: 6pt; } .wide .number { white-space: normal; }
      th, td { padding: 1pt 3pt; min-width: 0; }
      thead { display: table-header-group; }
      tr, figure { break-inside: avoid; }
      h1, h2, h3, h4 { break-after: avoid; }
    }
    """
}
