import type { OtherRegions } from "../deployment/other-regions.ts";
import type { Template } from "../deployment/template.ts";
import type { Place } from "./made-up-values.ts";
import { madeUpValue } from "./made-up-values.ts";
import { resolveIntrinsics } from "./resolve-intrinsics.ts";

/** Parameters that a template does not show, and that decide which calls are rightful. */
export type Given = {
  /** Roles that jobs may have. */
  readonly jobRoles: readonly string[];
  readonly otherRegions: OtherRegions;
  /** Sessions on machines. */
  readonly debug: boolean;
};

export type Properties = Readonly<Record<string, unknown>>;

/** A packaged service, to be looked into as it is after a deployment. */
export type Packaged = {
  readonly template: Template;
  readonly place: Place;
  readonly given: Given;
  /** Ids of all resources of a type. */
  ids(type: string): string[];
  /** A resource's properties. Throws when there is none of that id. */
  properties(id: string): Record<string, unknown>;
  /** A resource's `Ref`, or one of its attributes. */
  value(id: string, attribute?: string): string;
  /** All resources of a type, each with its id. */
  all(type: string): { readonly id: string; readonly properties: Record<string, unknown> }[];
  /** Id of the resource of a type whose `Ref`, or `attribute`, is `value`; undefined when there is none. */
  idOf(type: string, value: string, attribute?: string): string | undefined;
  /** The properties of that resource. */
  known(type: string, value: string, attribute?: string): Properties | undefined;
};

export function packaged(template: Template, place: Place, given: Given): Packaged {
  const ids = (type: string): string[] =>
    Object.keys(template.Resources).filter((id) => template.Resources[id]?.Type === type);
  const properties = (id: string): Record<string, unknown> => {
    const resource = template.Resources[id];
    if (resource === undefined) throw new Error(`there is no ${id}`);
    return resolveIntrinsics(template, resource.Properties ?? {}, place) as Record<string, unknown>;
  };
  const value = (id: string, attribute?: string): string => madeUpValue(template, place, id, attribute);
  const idOf = (type: string, wanted: string, attribute?: string): string | undefined =>
    ids(type).find((id) => value(id, attribute) === wanted);
  return {
    template,
    place,
    given,
    ids,
    idOf,
    value,
    properties,
    all: (type) => ids(type).map((id) => ({ id, properties: properties(id) })),
    known(type, wanted, attribute) {
      const id = idOf(type, wanted, attribute);
      return id === undefined ? undefined : properties(id);
    },
  };
}
