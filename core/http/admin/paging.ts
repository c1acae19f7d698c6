// Pages of a list that is read by key: an address says where its page begins, and remembers where the ones before it began.
import type { Page } from "../../read/page.ts";
import type { PageContext } from "./env.ts";

/** Beyond so many pages back, "Previous" leads to the first one: an address has a length. */
const mostRemembered = 20;

export type Paging = {
  readonly after?: string;
  /** The number of the page's first row, from 1. */
  readonly first: number;
  readonly links: { readonly previous?: string; readonly next?: string };
};

/** Reads `after`, `back` and `first` of the address. `links` are complete once `linksOf` knows the page. */
export function pagingOf(c: PageContext) {
  const url = new URL(c.req.url);
  const after = url.searchParams.get("after") ?? undefined;
  const back = url.searchParams.getAll("back");
  const first = after && /^\d{1,9}$/.test(url.searchParams.get("first") ?? "") ? Number(url.searchParams.get("first")) : 1;
  const limit = 50;

  const linksOf = (page: Pick<Page<unknown>, "next" | "rows">): Paging["links"] => ({
    ...(after === undefined
      ? {}
      : { previous: href(back.at(-1) || undefined, back.slice(0, -1), back.length === 0 ? 1 : Math.max(1, first - limit)) }),
    ...(page.next === null ? {} : { next: href(page.next, [...back, after ?? ""].slice(-mostRemembered), first + page.rows.length) }),
  });

  function href(start: string | undefined, trail: readonly string[], number: number): string {
    const query = new URLSearchParams(url.searchParams);
    for (const name of ["after", "back", "first"]) query.delete(name);
    if (start !== undefined) {
      query.set("after", start);
      for (const place of trail) query.append("back", place);
      query.set("first", String(number));
    }
    return `${url.pathname}${query.size > 0 ? `?${query}` : ""}`;
  }

  return { ...(after === undefined ? {} : { after }), first, limit, linksOf };
}
