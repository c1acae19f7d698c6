// Checks the document against the rules of OpenAPI 3.1 that need no library: references, operations, parameters, responses, JSON Schema keywords.
import { expect, test } from "bun:test";
import { type Json, type JsonObject, openApiDocument } from "../../core/http/api/openapi.ts";
import { errors } from "../../core/kernel/errors.ts";
import { permissions } from "../../core/kernel/permissions.ts";
import { commands, queries } from "../../core/registry.ts";

const document = openApiDocument({ commands, queries });
const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

const isObject = (value: unknown): value is JsonObject => typeof value === "object" && value !== null && !Array.isArray(value);

function* objectsIn(value: Json, path: string): Generator<[string, JsonObject]> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) yield* objectsIn(item, `${path}/${i}`);
  else if (isObject(value)) {
    yield [path, value];
    for (const [key, item] of Object.entries(value)) yield* objectsIn(item, `${path}/${key}`);
  }
}

function resolve(ref: string): Json | undefined {
  if (!ref.startsWith("#/")) return undefined;
  let at: Json | undefined = document;
  for (const part of ref.slice(2).split("/")) at = isObject(at) ? at[part.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  return at;
}

const operations = Object.entries(document.paths as JsonObject).flatMap(([path, item]) =>
  Object.entries(item as JsonObject).map(([method, operation]) => ({ path, method, operation: operation as JsonObject })),
);

test("every command and every query has its path, with its summary and its permission", () => {
  const paths = document.paths as Record<string, Record<string, JsonObject>>;
  for (const { name, summary, permission } of commands)
    expect(paths[`/commands/${name}`]?.post).toMatchObject({ summary, "x-permission": permission });
  for (const { name, summary, permission } of queries)
    expect(paths[`/queries/${name}`]?.get).toMatchObject({ summary, "x-permission": permission });
  for (const { operation } of operations) expect([...Object.keys(permissions), "self"]).toContain(operation["x-permission"] as string);
});

test("every reference leads somewhere", () => {
  const references = [...objectsIn(document, "")].flatMap(([path, { $ref }]) => (typeof $ref === "string" ? [{ path, $ref }] : []));
  expect(references.length).toBeGreaterThan(50);
  expect(references.filter(({ $ref }) => resolve($ref) === undefined)).toEqual([]);
});

test("operation ids are there, unique and usable as names in any language", () => {
  const ids = operations.map(({ operation }) => operation.operationId as string);
  expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]*$/.test(id))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});

test("operations have known methods, responses with descriptions, and parameters that are named once", () => {
  for (const { path, method, operation } of operations) {
    expect(path).toStartWith("/");
    expect(methods).toContain(method);
    const responses = operation.responses as JsonObject;
    expect(Object.keys(responses)).toContain("200");
    for (const [status, response] of Object.entries(responses)) {
      expect(status).toMatch(/^([1-5]\d\d|default)$/);
      const target = (isObject(response) && typeof response.$ref === "string" ? resolve(response.$ref) : response) as JsonObject;
      expect(target.description).toBeString();
    }
    const parameters = ((operation.parameters ?? []) as JsonObject[]).map(
      (p) => (typeof p.$ref === "string" ? resolve(p.$ref) : p) as JsonObject,
    );
    const names = parameters.map((p) => `${p.in} ${p.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const parameter of parameters) {
      expect(["query", "header", "path", "cookie"]).toContain(parameter.in as string);
      expect(isObject(parameter.schema)).toBe(true);
      if (parameter.in === "path") expect([parameter.required, path.includes(`{${parameter.name}}`)]).toEqual([true, true]);
    }
    for (const [, placeholder] of path.matchAll(/\{(\w+)\}/g)) expect(names).toContain(`path ${placeholder}`);
    expect(
      (operation.tags as string[]).every(
        (tag) => (document.tags as JsonObject[]).some(({ name }) => name === tag) || ["usage", "exports"].includes(tag),
      ),
    ).toBe(true);
    expect(method === "get" && "requestBody" in operation).toBe(false);
  }
});

test("schemas are JSON Schema 2020-12: known types, required names that exist, no remains of other dialects", () => {
  const types = ["null", "boolean", "object", "array", "number", "integer", "string"];
  for (const [path, object] of objectsIn((document.components as JsonObject).schemas!, "/components/schemas")
    .toArray()
    .concat(...operations.map((o) => [...objectsIn(o.operation, o.path)]))) {
    if (
      typeof object.type === "string" &&
      !path.includes("/properties/") &&
      !path.includes("/example/") &&
      !("in" in object) &&
      !("scheme" in object)
    )
      expect([path, types.includes(object.type)]).toEqual([path, true]);
    expect([path, "$schema" in object, "definitions" in object, object.nullable === true]).toEqual([path, false, false, false]);
    if (Array.isArray(object.required) && isObject(object.properties) && object.additionalProperties === false)
      for (const name of object.required as string[]) expect(Object.keys(object.properties)).toContain(name);
  }
});

test("component names keep to the letters that the specification allows", () => {
  for (const section of Object.values(document.components as Record<string, JsonObject>))
    for (const name of Object.keys(section)) expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
});

test("problems are described with every code of the table", () => {
  const problem = resolve("#/components/schemas/Problem") as { properties: { code: { enum: string[] } } };
  expect(problem.properties.code.enum).toEqual(Object.keys(errors));
});
