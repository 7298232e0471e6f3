import type { OrganizationRecord } from "../organization-record.ts";
import type {
  AppRecord,
  DeliveryRecord,
  InstallationRecord,
  Permissions,
  RepositoryRecord,
  TokenRecord,
} from "../state.ts";
import type { World } from "../world.ts";
import type { Answer } from "./answer.ts";

/** Who calls: the App itself by its key, or one of its installations by a token. */
export type Identity =
  | { readonly kind: "app"; readonly app: AppRecord }
  | { readonly kind: "token"; readonly token: TokenRecord; readonly installation: InstallationRecord };

/** One request, after authentication and after the contract has found it well-formed. */
export type Call = {
  readonly world: World;
  readonly identity: Identity;
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly url: URL;
  readonly accept: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly redeliver: (delivery: DeliveryRecord) => void;
};

/** A call without credentials. */
export type OpenCall = Omit<Call, "identity">;

/** A call on a repository that the caller's token covers. */
export type RepositoryCall = Call & { readonly repository: RepositoryRecord };

/** A call on an organisation whose installation the caller's token is of. */
export type OrganizationCall = Call & { readonly organization: OrganizationRecord };

type Row = {
  /** GitHub's operation id. */
  readonly id: string;
  readonly resource?: "core" | "actions_runner_registration" | "none";
  /** It counts against the limits of content creation. */
  readonly createsContent?: boolean;
};

/** One line of the table of operations: who may call it, with which permission, and what it does. */
export type Operation =
  | (Row & { readonly auth: "app"; readonly handle: (call: Call) => Answer })
  | (Row & { readonly auth: "any"; readonly handle: (call: Call) => Answer })
  | (Row & { readonly auth: "nobody"; readonly handle: (call: OpenCall) => Answer })
  | (Row & {
      readonly auth: "repository";
      readonly permission: Permissions;
      readonly handle: (call: RepositoryCall) => Answer;
    })
  | (Row & {
      readonly auth: "organization";
      readonly permission: Permissions;
      readonly handle: (call: OrganizationCall) => Answer;
    });
