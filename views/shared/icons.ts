// Our own line drawings on a 20 × 20 grid, inline so that they take the colour of the text beside them.
// They are decoration: hidden from assistive technology, never the only label of anything.
import { Html } from "./html.ts";

const PATHS = {
  today: "M3.5 16.5h13M5.5 13.5v-4M10 13.5v-9M14.5 13.5v-6",
  subscribers: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.4-3 2.7-4.5 6-4.5s5.6 1.5 6 4.5",
  usage: "M2.5 10.500h3l2.5-6 4 11 2.5-5h3",
  money:
    "M4 5h12a1.500 1.500 0 0 1 1.500 1.500v7A1.500 1.500 0 0 1 16 15H4a1.500 1.500 0 0 1-1.500-1.500v-7A1.500 1.500 0 0 1 4 5ZM10 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5ZM5 10h.01M15 10h.01",
  papers:
    "M6 2.500h5.500L15 6v10a1.5 1.5 0 0 1-1.5 1.500h-7.500A1.5 1.5 0 0 1 4.5 16V4A1.5 1.5 0 0 1 6 2.500ZM11.5 2.500V6H15M7.5 10h4.500M7.5 13.500h4.5",
  plans: "M3 9.500V4.500A1.5 1.5 0 0 1 4.5 3h5l7.2 7.200a1.4 1.4 0 0 1 0 2l-4.5 4.500a1.4 1.4 0 0 1-2 0ZM6.5 6.500h.01",
  rates: "M4 5h12M4 10h12M4 15h7",
  card: "M4 4.500h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.500H4A1.5 1.5 0 0 1 2.5 14V6A1.5 1.5 0 0 1 4 4.500ZM2.5 8h15",
  gauge: "M3.5 15a7.5 7.5 0 1 1 13 0M10 13l3.5-5M10 13.500h.01",
  lock: "M5.5 9h9A1.500 1.500 0 0 1 16 10.500v5a1.500 1.500 0 0 1-1.500 1.500h-9A1.500 1.500 0 0 1 4 15.500v-5A1.500 1.500 0 0 1 5.5 9ZM7 9V6.500a3 3 0 0 1 6 0V9",
  scales: "M10 3v13.500M6.5 16.500h7M3.5 5.500h13M4.5 5.500 2 11a2.500 2.500 0 0 0 5 0ZM15.5 5.500 13 11a2.500 2.500 0 0 0 5 0Z",
  agents: "M4 3.500h12v5H4ZM4 11.500h12v5H4ZM7 6h.01M7 14h.01M10.5 6H13M10.5 14H13",
  quarantine: "M3 11.5 5 4h10l2 7.500V16H3ZM3 11.500h4a3 3 0 0 0 6 0h4",
  imports: "M10 13V3.500M6.5 7 10 3.5 13.5 7M3.5 13v3.500h13V13",
  exports: "M10 3.500V13M6.5 9.5 10 13l3.5-3.500M3.5 13v3.500h13V13",
  jobs: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4l2.5 2",
  managers: "M10 2.5 16 5v4.500c0 4-2.5 6.5-6 8-3.5-1.5-6-4-6-8V5ZM7.5 10l2 2 3.5-4",
  partners:
    "M10 7a2.2 2.2 0 1 0 0-4.400A2.2 2.2 0 0 0 10 7ZM4.7 17a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400ZM15.3 17a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400ZM10 7v3M4.7 12.600V10h10.600v2.6",
  audit: "M3.5 10a6.5 6.5 0 1 0 2-4.700L3.5 7M3.5 3.500V7H7M10 6.500V10l2.5 1.5",
  phone: "M5 3h2.500L9 6.8 7.2 8.200a9 9 0 0 0 4.6 4.600l1.4-1.800L17 12.500V15a2 2 0 0 1-2.2 2A12.5 12.5 0 0 1 3 5.2 2 2 0 0 1 5 3Z",
  settings: "M4 6h5M13 6h3M4 14h3M11 14h5M11 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  key: "M7 13.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM10.5 10H17v3M14 10v2",
  home: "M3 9.5 10 3.500l7 6M5 8.500V16.500h10V8.500M8.5 16.500v-4h3v4",
  search: "M9 14.500a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM13 13l4 4",
  menu: "M3 5.500h14M3 10h14M3 14.500h14",
  close: "M5 5l10 10M15 5 5 15",
  check: "M4 10.5 8 14.5 16 6",
  plus: "M10 4v12M4 10h12",
  filter: "M3 4.500h14l-5.5 6.500v5l-3 1v-6Z",
  copy: "M7.5 7h7A1.5 1.5 0 0 1 16 8.500v7a1.5 1.5 0 0 1-1.5 1.500h-7A1.5 1.5 0 0 1 6 15.500v-7A1.5 1.5 0 0 1 7.5 7ZM13 7V4.500A1.5 1.5 0 0 0 11.5 3h-6A1.5 1.5 0 0 0 4 4.500v7A1.5 1.5 0 0 0 5.5 13H6",
  previous: "M12 4.5 6.5 10l5.5 5.5",
  next: "M8 4.5 13.5 10 8 15.5",
  down: "M5 7.5 10 12.5 15 7.5",
  up: "M5 12.5 10 7.5 15 12.5",
  warn: "M10 3.5 17.5 16.500h-15ZM10 8.500v3.500M10 14.300h.01",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9v4.500M10 6.500h.01",
  theme: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 3v14a7 7 0 0 0 0-14Z",
  leave: "M8 3.500H4.500v13H8M8.5 10H17M13.5 6.5 17 10l-3.5 3.5",
} as const;

export type IconName = keyof typeof PATHS;
export const ICON_NAMES = Object.keys(PATHS) as IconName[];

/** An inline SVG of 20 × 20; throws for a name without a drawing. */
export function icon(name: string): Html {
  if (!Object.hasOwn(PATHS, name)) throw new Error(`no icon is called ${name}`);
  const path = PATHS[name as IconName];
  return new Html(
    `<svg class="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"><path d="${path}"/></svg>`,
  );
}
