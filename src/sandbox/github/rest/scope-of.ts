import type { OrganizationRecord } from "../organization-record.ts";
import type { RepositoryRecord } from "../state.ts";
import { hasAccess } from "../webhooks/installation-for.ts";
import type { World } from "../world.ts";
import { notFound, problem, type Answer } from "./answer.ts";
import type { Identity, Operation } from "./call.ts";
import { covers } from "./permissions.ts";

/** What a call is about, where it is about one of these. */
export type Scope = { readonly repository?: RepositoryRecord; readonly organization?: OrganizationRecord };

type Path = Readonly<Record<string, string>>;
type TokenIdentity = Identity & { readonly kind: "token" };

/** May this caller do this at all, and to which repository or organisation? */
export function scopeOf(world: World, operation: Operation, path: Path, identity: Identity): Scope | Answer {
  if (operation.auth === "app" && identity.kind !== "app") {
    return problem(401, "A JSON web token could not be decoded");
  }
  if (operation.auth !== "repository" && operation.auth !== "organization") return {};
  if (identity.kind !== "token") return problem(401, "Bad credentials");
  const find = operation.auth === "repository" ? repositoryFor : organizationFor;
  const scope = find(world, identity, path);
  if (scope === undefined) return notFound();
  return covers(identity.token.permissions, operation.permission)
    ? scope
    : problem(403, "Resource not accessible by integration");
}

/** The repository of the path, if the caller's token covers it; GitHub does not tell the two cases apart. */
function repositoryFor(world: World, identity: TokenIdentity, path: Path): Scope | undefined {
  const repository = [...world.state.repositories.values()].find(
    ({ owner, name }) => isSame(owner, path.owner) && isSame(name, path.repo),
  );
  if (repository === undefined || !hasAccess(identity.installation, repository)) return undefined;
  const { repositoryIds } = identity.token;
  return repositoryIds === undefined || repositoryIds.includes(repository.id) ? { repository } : undefined;
}

/**
 * The organisation of the path, if it is that of the caller's installation. Which repositories a token is narrowed to
 * makes no difference to what its permissions open of the organisation.
 */
function organizationFor(world: World, { installation }: TokenIdentity, path: Path): Scope | undefined {
  const organization = world.state.organizations.get(path.org?.toLowerCase() ?? "");
  return organization !== undefined && isSame(installation.account, path.org) ? { organization } : undefined;
}

function isSame(one: string, other: string | undefined): boolean {
  return one.toLowerCase() === other?.toLowerCase();
}
