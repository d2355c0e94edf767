/// The look of pages: one column on a phone, two beside each other if there is room, black on white in
/// print.
enum StyleSheet {
  /// The whole style sheet of a page.
  static var text: String { Palette.variables + page + tables + print + Palette.pictureRules }

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
    h3{font-size:1rem;margin:2rem 0 .5rem}
    p,ul{max-width:44rem;margin:.5rem 0;overflow-wrap:break-word}
    ul{padding-left:1.2rem}
    a{color:var(--series0)}
    .lead{font-size:1.25rem;line-height:1.45;margin:1.25rem 0}
    .muted,figcaption,caption{color:var(--muted)}
    nav ul{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin-top:1.5rem}
    nav a{display:inline-block;padding:.3rem 0}
    .figures{display:grid;gap:3rem 2.5rem;margin:1.5rem 0;
    grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr))}
    figure{margin:0;min-width:0}
    figcaption{font-size:.95rem;margin-bottom:.9rem}
    figcaption h3{margin:0 0 .15rem;color:var(--text)}
    figcaption strong{display:block;color:var(--text)}
    svg{display:block;width:100%;height:auto;max-width:40rem}
    details{margin:1rem 0}
    summary{cursor:pointer;color:var(--muted);padding:.4rem 0}
    .download{font-size:.85rem;margin:.4rem 0}
    .images{display:grid;gap:1.75rem 1.5rem;margin:1.5rem 0;
    grid-template-columns:repeat(auto-fill,minmax(min(100%,16rem),1fr))}
    .images figure{display:flex;gap:1rem;align-items:flex-start}
    .images img{width:96px;height:96px;object-fit:cover;border-radius:6px;flex:none;
    background:var(--surface)}
    .images figcaption{font-size:.85rem;line-height:1.4;margin:0;min-width:0;overflow-wrap:anywhere}

    """

  /// A shadow at the side of a table shows that it scrolls there.
  private static let tables = """
    .table{margin:1rem 0}
    .scroll{overflow-x:auto;max-width:100%;background:
    linear-gradient(to right,var(--background) 40%,transparent) left/3rem 100% no-repeat local,
    linear-gradient(to left,var(--background) 40%,transparent) right/3rem 100% no-repeat local,
    linear-gradient(to right,var(--rule),transparent) left/.7rem 100% no-repeat scroll,
    linear-gradient(to left,var(--rule),transparent) right/.7rem 100% no-repeat scroll}
    .scroll:focus-visible,summary:focus-visible,a:focus-visible,button:focus-visible{
    outline:2px solid var(--series0);outline-offset:2px}
    table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
    caption{text-align:left;padding-bottom:.5rem;font-size:.9rem}
    caption span{position:sticky;left:0;display:inline-block;white-space:normal;
    max-width:min(44rem,calc(100vw - 2.5rem))}
    th,td{padding:.4rem .9rem .4rem 0;text-align:left;white-space:nowrap;vertical-align:top;
    border-bottom:1px solid var(--rule)}
    th{font-weight:600}
    tbody th{font-weight:500;position:sticky;left:0;background:var(--background)}
    td.word{white-space:normal;min-width:12rem;max-width:44rem;overflow-wrap:anywhere}
    .number{text-align:right}
    th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;
    text-align:inherit}
    th button:hover{text-decoration:underline}
    th[aria-sort=ascending] button::after{content:" ▲"}
    th[aria-sort=descending] button::after{content:" ▼"}
    @media(max-width:40rem){th,td{white-space:normal}
    tbody th{min-width:7.75rem;max-width:9rem;overflow-wrap:anywhere}td.word{min-width:9rem}}

    """

  private static let print = """
    @media print{:root{--background:#fff}header,main{max-width:none;padding:0}header{padding-top:0}nav,.download{display:none}
    .figures{grid-template-columns:1fr 1fr;gap:1.5rem}h2{break-after:avoid;margin-top:2rem}figure,tr{break-inside:avoid}
    .scroll{overflow:visible;background:none}table{font-size:7.5pt;width:100%}
    th,td{white-space:normal;padding-right:.4rem}tbody th{position:static;min-width:0;overflow-wrap:anywhere}
    td.word{min-width:0}summary{display:none}details::details-content{content-visibility:visible;display:block}}

    """
}
