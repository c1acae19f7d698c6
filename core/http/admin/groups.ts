// Groups of subscribers: what the scope of a manager is made of. Moving somebody is in the subscriber's own form.
import { Hono } from "hono";
import { groupsList } from "../../read/rights/query.ts";
import { addGroup } from "../../subscribers/add-group.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, done, type FormErrors, figuresOf, formErrors, may, noErrors, page, posted, route, run, statusOf } from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { seesAll, seesSeveral, targetOf } from "./target-provider.ts";

export const groupsPages = new Hono<AdminEnv>();

groupsPages.get(
  "/groups",
  route({ permission: "subscribers:read" }, async (c) => {
    const { groups } = await askFor(c, groupsList, { limit: 200 });
    const text = figuresOf(c);
    return page(c, {
      title: "Groups",
      section: "groups",
      view: "admin/groups/index",
      data: {
        several: seesSeveral(c),
        canAdd: may(c, "subscribers:write") && seesAll(c),
        groups: groups.map((group) => ({
          href: `/subscribers?group=${group.groupId}`,
          name: group.name,
          provider: group.providerName,
          subscribers: text.count(group.subscribers),
          since: text.date(group.createdAt),
        })),
      },
    });
  }),
);

async function form(c: PageContext, name: string, errors: FormErrors = noErrors, status = 200) {
  const data = { ...(await targetOf(c)), here: "/groups/new", name, errors };
  return page(c, { title: "New group", section: "groups", view: "admin/groups/new", status, data });
}

groupsPages.get(
  "/groups/new",
  route({ permission: "subscribers:write" }, (c) => form(c, "")),
);

groupsPages.post(
  "/groups",
  route({ permission: "subscribers:write" }, async (c) => {
    const { provider } = await targetOf(c);
    const name = posted(c, "name");
    const outcome = await run(c, addGroup, { name }, { providerId: provider.id });
    if (outcome.ok) return done(c, "/groups", `Group ${name} is there. Move subscribers into it with their “Change”.`);
    refuseHidden(outcome);
    return form(c, name, formErrors(outcome, { name_taken: "name" }, { name: "Name" }), statusOf(outcome));
  }),
);
