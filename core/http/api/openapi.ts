// The description of the API, made from the same registry that answers: what is not in it can't be called, and nothing is described by hand twice.
import { toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { Command } from "../../kernel/command.ts";
import { type ErrorCode, errors } from "../../kernel/errors.ts";
import type { Query } from "../../kernel/query.ts";
import type { Registry } from "./app.ts";
import { exportFilePath, providerParameters, usagePath } from "./openapi-fixed.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const camel = (name: string) => name.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());

/** The OpenAPI 3.1 document, as plain JSON data. */
export function openApiDocument(registry: Registry): JsonObject {
  const components = new Map<string, Json>();
  const paths: Record<string, Json> = {};
  for (const command of byName(registry.commands)) paths[`/commands/${command.name}`] = { post: commandOperation(command, components) };
  for (const query of byName(registry.queries)) paths[`/queries/${query.name}`] = { get: queryOperation(query, components) };
  paths["/usage"] = usagePath(schemaOf);
  paths["/exports/{id}/file"] = exportFilePath;
  return {
    openapi: "3.1.0",
    info: {
      title: "MediaBilling",
      version: "1",
      description:
        "Every command at POST /commands/{name}, every query at GET /queries/{name}. Money is an exact decimal string; instants are ISO 8601. " +
        "Repeating a command with the same Idempotency-Key gives the first answer again.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/api/v1" }],
    security: [{ apiKey: [] }],
    tags: tagsOf(registry),
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: "http", scheme: "bearer", description: "A key made with `mb api-key create` or auth.create-api-key." },
      },
      parameters: {
        ...providerParameters,
        idempotencyKey: {
          name: "Idempotency-Key",
          in: "header",
          description:
            "Makes a repetition harmless: the same key with the same input gives the first answer, with other input it is refused.",
          schema: { type: "string", minLength: 1, maxLength: 150 },
        },
        dryRun: {
          name: "dry_run",
          in: "query",
          description: "Answer what would happen, and leave nothing behind.",
          schema: { type: "boolean", default: false },
        },
      },
      schemas: { Problem: problemSchema, ...Object.fromEntries(components) },
      responses: problemResponses,
    },
  };
}

const byName = <T extends { readonly name: string }>(list: readonly T[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));

const sliceOf = (name: string) => name.split(".")[0]!;

const tagsOf = ({ commands, queries }: Registry): Json =>
  [...new Set([...commands, ...queries].map(({ name }) => sliceOf(name)))].sort().map((name) => ({ name }));

const groupNote = (level: Command["level"]) =>
  level === "provider"
    ? "Refused to keys that are limited to groups of subscribers."
    : "A key that is limited to groups sees and touches these only.";

const describe = ({ permission, level }: Command | Query) =>
  permission === "self"
    ? "For managers in the web client: a key has nothing of its own."
    : `Needs the permission \`${permission}\`. ${groupNote(level)}`;

function commandOperation(command: Command, components: Map<string, Json>): JsonObject {
  return {
    operationId: camel(command.name),
    summary: command.summary,
    description: describe(command),
    tags: [sliceOf(command.name)],
    "x-permission": command.permission,
    parameters: refs("parameters", "provider", "xProvider", "idempotencyKey", "dryRun"),
    requestBody: { required: true, content: { "application/json": { schema: schemaOf(command.input, command.name, components) } } },
    responses: {
      "200": dataResponse("Done, or with dry_run what would have been done."),
      ...problems("400", "401", "403", "404", "409", "413", "415", "422", "503"),
    },
  };
}

function queryOperation(query: Query, components: Map<string, Json>): JsonObject {
  const schema = schemaOf(query.input, query.name, components);
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const own = Object.entries((schema.properties ?? {}) as JsonObject).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
    // A list is the name again and again, which is what form and explode say.
    ...((property as JsonObject).type === "array" ? { style: "form", explode: true } : {}),
  }));
  return {
    operationId: camel(query.name),
    summary: query.summary,
    description: describe(query),
    tags: [sliceOf(query.name)],
    "x-permission": query.permission,
    parameters: [...refs("parameters", "provider", "xProvider"), ...own.filter(({ name }) => name !== "provider")],
    responses: { "200": dataResponse("The answer."), ...problems("401", "403", "404", "422", "503") },
  };
}

const refs = (section: string, ...names: string[]): JsonObject[] => names.map((name) => ({ $ref: `#/components/${section}/${name}` }));

const dataResponse = (description: string): JsonObject => ({
  description,
  headers: { "X-Request-Id": { schema: { type: "string", format: "uuid" } } },
  content: { "application/json": { schema: { type: "object", required: ["data"], properties: { data: {}, dryRun: { const: true } } } } },
});

/** Definitions of recursive schemas move among the components, under the name of whoever has them. */
function schemaOf(schema: GenericSchema, owner: string, components: Map<string, Json>): JsonObject {
  const converted = toJsonSchema(schema, {
    target: "draft-2020-12",
    typeMode: "input",
    errorMode: "ignore",
    overrideRef: ({ referenceId }) => `#/components/schemas/${owner}.${referenceId}`,
  });
  const { $schema: _, $defs, ...rest } = JSON.parse(JSON.stringify(converted)) as Record<string, Json>;
  for (const [name, definition] of Object.entries(($defs ?? {}) as JsonObject)) components.set(`${owner}.${name}`, definition);
  return rest;
}

const problemSchema: JsonObject = {
  type: "object",
  description: "RFC 9457. A refusal may have members of its own beside these.",
  required: ["type", "title", "status", "detail", "code", "instance"],
  properties: {
    type: { type: "string", format: "uri", examples: ["urn:mediabilling:problem:not_found"] },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", enum: Object.keys(errors) },
    instance: { type: "string", format: "uri", description: "The request's id, also in X-Request-Id." },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["path", "message"],
        properties: { path: { type: "string", examples: ["steps.0.price"] }, message: { type: "string" } },
      },
    },
  },
};

const codesOf = (status: number) => (Object.keys(errors) as ErrorCode[]).filter((code) => errors[code].status === status);

const statuses = [...new Set(Object.values(errors).map(({ status }) => status))].sort((a, b) => a - b);

const problemResponses: JsonObject = Object.fromEntries(
  statuses.map((status) => [
    `Problem${status}`,
    {
      description: codesOf(status)
        .map((code) => `\`${code}\`: ${errors[code].message}`)
        .join(" "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]),
);

function problems(...known: string[]): JsonObject {
  const listed = Object.fromEntries(known.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]));
  return { ...listed, default: { $ref: "#/components/responses/Problem500" } };
}
