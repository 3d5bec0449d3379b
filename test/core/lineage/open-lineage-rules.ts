/**
 * The rules of OpenLineage's RunEvent, as its JSON schemas state them: https://openlineage.io/spec/2-0-2/OpenLineage.json and, under
 * https://openlineage.io/spec/facets/, those of the facets that Eider writes.
 */

type Fault = string;
type Thing = Record<string, unknown>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** RFC 3339, section 5.6: what JSON schema calls `date-time`. */
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const EVENT_TYPES = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

/** What each facet has to have: the type of a field by its name. Those that are not here are custom, and only need to be named so. */
const FACETS: Record<string, Record<string, "string" | "integer" | "fields">> = {
  JobTypeJobFacet: { processingType: "string", integration: "string" },
  SQLJobFacet: { query: "string" },
  DocumentationDatasetFacet: { description: "string" },
  SchemaDatasetFacet: { fields: "fields" },
  OutputStatisticsOutputDatasetFacet: { rowCount: "integer" },
};

const KEYS: Record<string, string> = {
  jobType: "JobTypeJobFacet",
  sql: "SQLJobFacet",
  documentation: "DocumentationDatasetFacet",
  schema: "SchemaDatasetFacet",
  outputStatistics: "OutputStatisticsOutputDatasetFacet",
};

const isThing = (value: unknown): value is Thing =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isUri = (value: unknown) => typeof value === "string" && URL.canParse(value);
const isText = (value: unknown) => typeof value === "string";

/** Everything that keeps a value from being a RunEvent, each with where it is; empty when it is one. */
export function faultsOfRunEvent(event: unknown): Fault[] {
  if (!isThing(event)) return ["not an object"];
  const { run, job } = event;
  return [
    ...when(!EVENT_TYPES.includes(String(event["eventType"])), "eventType"),
    ...when(!DATE_TIME.test(String(event["eventTime"])), "eventTime"),
    ...when(!isUri(event["producer"]), "producer"),
    ...when(event["schemaURL"] !== "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent", "schemaURL"),
    ...(isThing(run)
      ? [...when(!UUID.test(String(run["runId"])), "run.runId"), ...faultsOfFacets(run["facets"], "run.facets")]
      : ["run"]),
    ...(isThing(job) ? faultsOfNamed(job, "job") : ["job"]),
    ...faultsOfDatasets(event["inputs"], "inputs"),
    ...faultsOfDatasets(event["outputs"], "outputs"),
  ];
}

const when = (isWrong: boolean, fault: Fault): Fault[] => (isWrong ? [fault] : []);

function faultsOfDatasets(list: unknown, where: string): Fault[] {
  if (!Array.isArray(list)) return [where];
  return list.flatMap((dataset: unknown, i) => {
    if (!isThing(dataset)) return [`${where}[${i}]`];
    return [
      ...faultsOfNamed(dataset, `${where}[${i}]`),
      ...faultsOfFacets(dataset["inputFacets"], `${where}[${i}].inputFacets`),
      ...faultsOfFacets(dataset["outputFacets"], `${where}[${i}].outputFacets`),
      ...when(where === "inputs" && "outputFacets" in dataset, `${where}[${i}].outputFacets`),
    ];
  });
}

function faultsOfNamed(thing: Thing, where: string): Fault[] {
  return [
    ...when(!isText(thing["namespace"]) || thing["namespace"] === "", `${where}.namespace`),
    ...when(!isText(thing["name"]) || thing["name"] === "", `${where}.name`),
    ...faultsOfFacets(thing["facets"], `${where}.facets`),
  ];
}

function faultsOfFacets(facets: unknown, where: string): Fault[] {
  if (facets === undefined) return [];
  if (!isThing(facets)) return [where];
  return Object.entries(facets).flatMap(([key, facet]) => {
    const at = `${where}.${key}`;
    if (!isThing(facet)) return [at];
    const base = [
      ...when(!isUri(facet["_producer"]), `${at}._producer`),
      ...when(!isUri(facet["_schemaURL"]), `${at}._schemaURL`),
    ];
    const name = KEYS[key];
    // A custom facet is named `{prefix}_{name}`.
    if (name === undefined)
      return [...base, ...when(!/^[a-z][A-Za-z0-9]*_[a-z][A-Za-z0-9]*$/.test(key), `${at} (its key)`)];
    return [
      ...base,
      ...when(!String(facet["_schemaURL"]).endsWith(`/${name}.json#/$defs/${name}`), `${at}._schemaURL`),
      ...Object.entries(FACETS[name] ?? {}).flatMap(([field, type]) =>
        when(!hasType(facet[field], type), `${at}.${field}`),
      ),
    ];
  });
}

function hasType(value: unknown, type: "string" | "integer" | "fields"): boolean {
  if (type === "string") return isText(value);
  if (type === "integer") return Number.isInteger(value);
  return (
    Array.isArray(value) && value.every((field) => isThing(field) && isText(field["name"]) && isText(field["type"]))
  );
}
