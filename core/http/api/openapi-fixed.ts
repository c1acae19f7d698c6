// The parts of the API's description that no command and no query stands behind.
import type { GenericSchema } from "valibot";
import { MAX_BATCH_RECORDS } from "../../usage/normal-form.ts";
import type { Json, JsonObject } from "./openapi.ts";
import { usageItemSchema } from "./usage.ts";

export const providerParameters: JsonObject = {
  provider: {
    name: "provider",
    in: "query",
    description:
      "Number of the provider that is meant; the key's own when left out. Queries also take `all`: every provider that the key may see.",
    schema: { type: "string", pattern: "^([1-9][0-9]{0,8}|all)$" },
  },
  xProvider: { name: "X-Provider", in: "header", description: "The same as the parameter `provider`.", schema: { type: "string" } },
};

const problem = (status: number): JsonObject => ({ $ref: `#/components/responses/Problem${status}` });
const providers: JsonObject[] = [{ $ref: "#/components/parameters/provider" }, { $ref: "#/components/parameters/xProvider" }];

const exampleCall: JsonObject = {
  callId: "pbx-1700000000.17",
  startedAt: "2026-11-02T09:00:00Z",
  answeredAt: "2026-11-02T09:00:05Z",
  endedAt: "2026-11-02T09:01:30Z",
  durationSec: 90,
  billableSec: 85,
  direction: "out",
  source: "380440000000",
  destination: "380671234567",
  disposition: "answered",
};
const exampleSession: JsonObject = {
  kind: "session",
  id: "bras-1/0001c4f2",
  party: { kind: "login", value: "bakery" },
  startedAt: "2026-11-02T09:00:00Z",
  endedAt: "2026-11-02T10:00:00Z",
  seconds: 3600,
  octetsIn: "1200000000",
  octetsOut: "300000000",
};
const exampleEvent: JsonObject = {
  kind: "event",
  id: "meter-7/2026-11",
  party: { kind: "login", value: "bakery" },
  startedAt: "2026-11-02T09:00:00Z",
  type: "water",
  metrics: { litres: "110.5" },
};

const itemProperties: JsonObject = {
  index: { type: "integer", description: "Place in the request, from 0." },
  status: { enum: ["accepted", "duplicate", "refused"] },
  key: { type: "string", format: "uuid", description: "The record's natural key." },
  reason: { enum: ["in_request", "known", "invalid_input"] },
  errors: { $ref: "#/components/schemas/Problem/properties/errors" },
};

export function usagePath(schemaOf: (schema: GenericSchema, owner: string, components: Map<string, Json>) => JsonObject): JsonObject {
  const record = schemaOf(usageItemSchema, "usage", new Map());
  const counts = Object.fromEntries(["accepted", "duplicates", "refused"].map((name) => [name, { type: "integer" }]));
  const answer: JsonObject = {
    type: "object",
    required: ["accepted", "duplicates", "refused", "items"],
    properties: {
      ...counts,
      items: { type: "array", items: { type: "object", required: ["index", "status"], properties: itemProperties } },
    },
  };
  return {
    post: {
      operationId: "usagePost",
      summary: "Send usage records in a batch",
      description:
        "Needs the permission `usage:write`. Records may be of every kind: calls, sessions, traffic, messages, events. Each record is answered by itself; what is accepted is stored for good and rated in a moment. " +
        "A record that was sent before, in any request, is a duplicate and adds nothing. The body may be packed with gzip or zstd.",
      tags: ["usage"],
      "x-permission": "usage:write",
      parameters: providers,
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: {
              type: "object",
              required: ["records"],
              additionalProperties: false,
              properties: { records: { type: "array", minItems: 1, maxItems: MAX_BATCH_RECORDS, items: record } },
            },
            example: { records: [exampleCall, exampleSession, exampleEvent] },
          },
        },
      },
      responses: {
        "200": {
          description: "What became of each record.",
          content: { "application/json": { schema: { type: "object", required: ["data"], properties: { data: answer } } } },
        },
        ...Object.fromEntries([400, 401, 403, 404, 413, 415, 422, 503].map((status) => [String(status), problem(status)])),
        default: problem(500),
      },
    },
  };
}

export const exportFilePath: JsonObject = {
  get: {
    operationId: "exportsFile",
    summary: "Download a spreadsheet that exports.request asked for",
    description: "Needs the permission `exports:create`.",
    tags: ["exports"],
    "x-permission": "exports:create",
    parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }],
    responses: {
      "200": {
        description: "The file.",
        content: {
          "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
            schema: { type: "string", contentMediaType: "application/octet-stream" },
          },
        },
      },
      ...Object.fromEntries([401, 403, 404, 409, 503].map((status) => [String(status), problem(status)])),
      default: problem(500),
    },
  },
};
