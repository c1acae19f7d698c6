// Pages are eta templates, rendered on the server, under Bun and Deno alike. This is the only place that configures eta.
import { fileURLToPath } from "node:url";
import { Eta } from "eta";
import { ageText } from "../core/kernel/display.ts";
import { assetUrl } from "./assets-manifest.ts";
import { escapeHtml, Html } from "./shared/html.ts";
import { icon } from "./shared/icons.ts";

/** What every template can call as `ui.…`, besides its own data in `it`. Small on purpose: a template gets finished strings. */
const ui = {
  asset: assetUrl,
  icon,
  freshText: (fresh: { ageSec: number | null }) => (fresh.ageSec === null ? "Not counted yet" : `Figures ${ageText(fresh.ageSec)} old`),
  isStale: (fresh: { ageSec: number | null }) => fresh.ageSec === null || fresh.ageSec > 60,
};

class Pages extends Eta {
  readonly ui = ui;
  /** A piece gets what it is given and nothing else; eta's `include` would let the page's own `title` or `error` leak into it. */
  piece(name: string, data: object): Html {
    return new Html(this.render(`/shared/${name}`, data));
  }
}

/** Templates are compiled once and kept. */
function openViews(): Pages {
  return new Pages({
    views: fileURLToPath(new URL(".", import.meta.url)),
    cache: true,
    cacheFilepaths: true,
    autoEscape: true,
    escapeFunction: escapeHtml,
    functionHeader: "const ui = this.ui, piece = (name, data = {}) => this.piece(name, data);",
    debug: false,
  });
}

const pages = openViews();

/**
 * Renders `views/<view>.eta` with `data` as `it`. The view names its layout (`<% layout("/layouts/app") %>`), a fragment names none.
 * Everything printed with `<%= %>` is escaped unless it is `Html`. Throws when the template is missing or fails.
 */
export function render(view: string, data: object): string {
  return pages.render(view, data);
}
