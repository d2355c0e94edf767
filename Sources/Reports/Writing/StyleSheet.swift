/// The look of pages: one column on a phone, two beside each other if there is room.
enum StyleSheet {
  /// The whole style sheet of a page.
  static var text: String { Palette.variables + page + Palette.pictureRules }

  private static let page = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0;background:var(--background);color:var(--text);
    font:1rem/1.55 \(Palette.fonts)}
    header,main{max-width:68rem;margin:0 auto;padding:0 1.25rem}
    header{padding-top:3rem}
    main{padding-bottom:5rem}
    h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.01em;margin:0 0 .75rem;
    overflow-wrap:anywhere}
    h2{font-size:1.3rem;line-height:1.3;margin:4rem 0 .5rem}
    h3{font-size:1rem;margin:0 0 .5rem}
    p,ul{max-width:44rem;margin:.5rem 0}
    ul{padding-left:1.2rem}
    a{color:var(--series0)}
    .lead{font-size:1.1rem}
    .muted,figcaption,caption{color:var(--muted)}
    nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1.5rem}
    nav a{display:inline-block;padding:.3rem 0}
    .figures{display:grid;gap:3rem 2.5rem;margin:1.5rem 0;
    grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr))}
    figure{margin:0;min-width:0}
    figcaption{font-size:.95rem;margin-bottom:.9rem}
    figcaption strong{display:block;margin-bottom:.15rem;color:var(--text)}
    svg{display:block;width:100%;height:auto;max-width:40rem}
    .scroll{overflow-x:auto;margin:1rem 0;max-width:100%}
    .scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--series0);
    outline-offset:2px}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
    caption{text-align:left;padding-bottom:.5rem;font-size:.9rem}
    caption span{position:sticky;left:0;display:inline-block;white-space:normal;
    max-width:calc(100vw - 2.5rem)}
    th,td{padding:.4rem .9rem .4rem 0;text-align:left;white-space:nowrap;vertical-align:top;
    border-bottom:1px solid var(--rule)}
    th{font-weight:600}
    tbody th{font-weight:500;position:sticky;left:0;background:var(--background)}
    .number{text-align:right}
    details{margin:1rem 0}
    summary{cursor:pointer;color:var(--muted);padding:.4rem 0}
    .images{display:grid;gap:1.75rem 1.5rem;margin:1.5rem 0;
    grid-template-columns:repeat(auto-fill,minmax(min(100%,16rem),1fr))}
    .images figure{display:flex;gap:1rem;align-items:flex-start}
    .images img{width:96px;height:96px;object-fit:cover;border-radius:6px;flex:none;
    background:var(--surface)}
    .images figcaption{font-size:.85rem;line-height:1.4;margin:0;min-width:0;overflow-wrap:anywhere}
    @media print{h2{break-after:avoid}figure{break-inside:avoid}}

    """
}
